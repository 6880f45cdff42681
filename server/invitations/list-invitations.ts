import { z } from 'zod';
import { permits, type Role } from '../domain/permissions/roles.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { orgScope } from '../scopes.ts';

/** Invitations to places that the caller manages, newest first; never the links. */
export const listInvitations = operation({
  kind: 'read',
  name: 'invitation.list',
  input: z.object({ orgId: id }),
  thing: ({ db, caller, input }) => orgScope(db, caller, input.orgId),
  scope: (scope) => scope,
  needs: 'ViewOrg',
  async run({ db, caller, thing: scope, now }) {
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
  },
});
