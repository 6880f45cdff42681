import { z } from 'zod';
import { authorize } from '../authorize.ts';
import { orgScope } from '../workspace/scope.ts';
import type { Caller } from '../caller.ts';
import type { Role } from '../domain/permissions/roles.ts';
import { id } from '../inputs.ts';
import type { Services } from '../services.ts';

export const listMembersInput = z.object({ orgId: id });

/** The people of an organization with each of their roles. */
export async function listMembers(
  services: Services,
  caller: Caller,
  input: z.infer<typeof listMembersInput>,
) {
  const db = services.database.client;
  const scope = await orgScope(db, caller, input.orgId);
  await authorize(services, caller, 'ViewOrg', scope, 'member.list');
  const orgMembers = await db.orgMember.findMany({
    where: { orgId: scope.orgId },
    include: { user: true },
  });
  const projectMembers = await db.projectMember.findMany({
    where: { orgId: scope.orgId },
    include: { user: true, project: { select: { name: true } } },
  });
  const people = new Map<
    string,
    {
      userId: string;
      name: string;
      email: string;
      you: boolean;
      roles: { projectId: string | null; projectName: string | null; role: Role; since: string }[];
    }
  >();
  const add = (
    user: { id: string; name: string; email: string },
    role: { projectId: string | null; projectName: string | null; role: Role; since: string },
  ) => {
    const person = people.get(user.id) ?? {
      userId: user.id,
      name: user.name,
      email: user.email,
      you: user.id === caller.user.id,
      roles: [],
    };
    person.roles.push(role);
    people.set(user.id, person);
  };
  for (const row of orgMembers) {
    add(row.user, {
      projectId: null,
      projectName: null,
      role: row.role as Role,
      since: row.createdAt.toISOString(),
    });
  }
  for (const row of projectMembers) {
    add(row.user, {
      projectId: row.projectId,
      projectName: row.project.name,
      role: row.role as Role,
      since: row.createdAt.toISOString(),
    });
  }
  return [...people.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
