import { z } from 'zod';
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { conflict, notFound } from '../errors.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';

/** An invitation to a project is its people's business; one to the organization that of its members. */
function maySee(caller: Caller, { orgId, projectId }: { orgId: string; projectId: string | null }) {
  if (projectId !== null) return sees(caller, { orgId, projectId });
  return caller.memberships.get(orgId)?.orgRole != null;
}

/** Takes an open invitation back. */
export const revokeInvitation = operation({
  kind: 'change',
  name: 'invitation.revoke',
  input: z.object({ invitationId: id }),
  async thing({ db, caller, input }) {
    const row = await db.invitation.findFirst({
      where: { id: input.invitationId, orgId: { in: orgIdsOf(caller) } },
    });
    if (!row || !maySee(caller, row)) throw notFound('invitation');
    return row;
  },
  scope: (row) => ({
    kind: 'invitation',
    id: row.id,
    name: row.name,
    orgId: row.orgId,
    projectId: row.projectId,
    environmentId: null,
  }),
  needs: ({ thing: row }) => (row.projectId ? 'ManageProject' : 'ManageOrgMemberships'),
  async run({ db, thing: row, now }) {
    const { count } = await db.invitation.updateMany({
      where: { id: row.id, orgId: row.orgId, acceptedAt: null, revokedAt: null },
      data: { revokedAt: now },
    });
    if (count === 0)
      throw conflict('invitation_spent', 'The invitation was used or revoked already.');
    return {};
  },
  audit: () => ({}),
  events: ({ thing: row }) => [{ type: 'member', id: row.id }],
});
