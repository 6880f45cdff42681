import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, userActor } from '../authorize.ts';
import { orgIdsOf, type Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import { conflict, notFound } from '../errors.ts';
import type { Services } from '../services.ts';
import { orgScope, projectScope } from '../workspace/scope.ts';

export const revokeInvitationInput = z.object({ invitationId: id });

/** Takes an open invitation back. */
export async function revokeInvitation(
  services: Services,
  caller: Caller,
  input: z.infer<typeof revokeInvitationInput>,
) {
  const { database, clock, live } = services;
  const row = await database.client.invitation.findFirst({
    where: { id: input.invitationId, orgId: { in: orgIdsOf(caller) } },
  });
  if (!row) throw notFound('invitation');
  const scope = row.projectId
    ? await projectScope(database.client, caller, row.projectId)
    : await orgScope(database.client, caller, row.orgId);
  await authorize(
    services,
    caller,
    row.projectId ? 'ManageProject' : 'ManageOrgMemberships',
    scope,
    'invitation.revoke',
  );
  const now = clock.now();
  await database.transact(async (db) => {
    const { count } = await db.invitation.updateMany({
      where: { id: row.id, orgId: row.orgId, acceptedAt: null, revokedAt: null },
      data: { revokedAt: now },
    });
    if (count === 0)
      throw conflict('invitation_spent', 'The invitation was used or revoked already.');
    await recordAudit(db, now, {
      orgId: row.orgId,
      projectId: row.projectId,
      actor: userActor(caller),
      action: 'invitation.revoke',
      outcome: 'succeeded',
      resource: { kind: 'invitation', id: row.id, name: row.name },
    });
    await live.publish(
      db,
      { type: 'member', id: row.id, orgId: row.orgId, environmentId: null },
      now,
    );
  });
  return {};
}
