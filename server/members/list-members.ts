import { z } from 'zod';
import { refuseToIssue, type IssueRefusal } from '../domain/identity/sessions.ts';
import { permits, type Role } from '../domain/permissions/roles.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { administeredBy } from '../roles/memberships.ts';
import { orgScope } from '../scopes.ts';
import { namesOf, type PersonName } from './names.ts';

interface Member {
  userId: string;
  name: string;
  email: string;
  you: boolean;
  /** Signed in at least once by what no other member was shown. */
  proven: boolean;
  /** Whose invitation made the account; null for the owner. */
  letInBy: PersonName | null;
  /** Why the caller may not issue a sign-in link for this person, or null. */
  signInLinkRefusal: IssueRefusal | null;
  roles: { projectId: string | null; projectName: string | null; role: Role; since: string }[];
}

/**
 * The people of an organization with each of their roles. Who has roles on some projects only sees
 * who may act there: the people of those projects, and of the organization.
 */
export const listMembers = operation({
  kind: 'read',
  name: 'member.list',
  input: z.object({ orgId: id }),
  thing: ({ db, caller, input }) => orgScope(db, caller, input.orgId),
  scope: (scope) => scope,
  needs: 'ViewOrg',
  async run({ db, caller, thing: scope }): Promise<Member[]> {
    const { orgId } = scope;
    const own = caller.memberships.get(orgId);
    const orgMembers = await db.orgMember.findMany({ where: { orgId }, include: { user: true } });
    const projectMembers = (
      await db.projectMember.findMany({
        where: { orgId },
        include: { user: true, project: { select: { name: true } } },
      })
    ).filter((row) => own && permits(own, 'ViewProject', row.projectId));
    const userIds = [...new Set([...orgMembers, ...projectMembers].map((row) => row.userId))];
    // Where else they belong: a link would open that too.
    const everywhere = [
      ...(await db.orgMember.findMany({ where: { userId: { in: userIds } } })),
      ...(await db.projectMember.findMany({ where: { userId: { in: userIds } } })),
    ];
    const administeredOrgIds = administeredBy(caller.memberships);
    const names = await namesOf(
      db,
      [...orgMembers, ...projectMembers].flatMap((row) => row.user.letInBy ?? []),
    );
    const people = new Map<string, Member>();
    for (const row of [...orgMembers, ...projectMembers]) {
      const { user } = row;
      const person = people.get(user.id) ?? {
        userId: user.id,
        name: user.name,
        email: user.email,
        you: user.id === caller.user.id,
        proven: user.emailVerified,
        letInBy: user.letInBy ? names(user.letInBy) : null,
        signInLinkRefusal: refuseToIssue({
          own: user.id === caller.user.id,
          personOrgIds: everywhere.filter((one) => one.userId === user.id).map((one) => one.orgId),
          administeredOrgIds,
        }),
        roles: [],
      };
      people.set(user.id, person);
      person.roles.push({
        projectId: 'projectId' in row ? row.projectId : null,
        projectName: 'project' in row ? row.project.name : null,
        role: row.role as Role,
        since: row.createdAt.toISOString(),
      });
    }
    return [...people.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  },
});
