import { z } from 'zod';
import { authorize } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { permits, type Role } from '../domain/permissions/roles.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';
import { orgScope } from '../workspace/scope.ts';

export const listInvitationsInput = z.object({ orgId: id });

/** Invitations that the caller could have made, newest first; never the links. */
export async function listInvitations(
  services: Services,
  caller: Caller,
  input: z.infer<typeof listInvitationsInput>,
) {
  const db = services.database.client;
  const scope = await orgScope(db, caller, input.orgId);
  await authorize(services, caller, 'ViewOrg', scope, 'invitation.list');
  const rows = await db.invitation.findMany({
    where: { orgId: scope.orgId },
    orderBy: { createdAt: 'desc' },
    take: 100,
    include: { project: { select: { name: true } } },
  });
  const memberships = caller.memberships.get(scope.orgId);
  const mine = rows.filter(
    (row) =>
      memberships &&
      (row.projectId
        ? permits(memberships, 'ManageProject', row.projectId)
        : permits(memberships, 'ManageOrgMemberships', null)),
  );
  const names = await namesOf(
    db,
    mine.map((row) => row.createdBy),
  );
  const now = services.clock.now();
  return mine.map((row) => ({
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role as Role,
    projectId: row.projectId,
    projectName: row.project?.name ?? null,
    createdBy: names(row.createdBy),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    acceptedAt: row.acceptedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    state: row.revokedAt
      ? ('revoked' as const)
      : row.acceptedAt
        ? ('accepted' as const)
        : row.expiresAt <= now
          ? ('expired' as const)
          : ('open' as const),
  }));
}
