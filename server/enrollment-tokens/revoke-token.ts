import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, scopeWithin, userActor } from '../authorize.ts';
import { orgIdsOf, type Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import { conflict, notFound } from '../errors.ts';
import type { Services } from '../services.ts';

export const revokeTokenInput = z.object({ tokenId: id });

/** Takes an unused token's power away; agents that are enrolled already stay. */
export async function revokeToken(
  services: Services,
  caller: Caller,
  input: z.infer<typeof revokeTokenInput>,
) {
  const { database, clock } = services;
  const token = await database.client.enrollmentToken.findFirst({
    where: { id: input.tokenId, orgId: { in: orgIdsOf(caller) } },
    include: { environment: true },
  });
  if (!token) throw notFound('enrollment_token');
  const scope = scopeWithin(token.environment, 'enrollment_token', token.id);
  await authorize(services, caller, 'OperateEnvironment', scope, 'enrollment_token.revoke');
  const now = clock.now();
  await database.transact(async (db) => {
    const { count } = await db.enrollmentToken.updateMany({
      where: { id: token.id, orgId: token.orgId, usedAt: null, revokedAt: null },
      data: { revokedAt: now },
    });
    if (count === 0) {
      throw conflict('enrollment_token_spent', 'The token was used or revoked already.');
    }
    await recordAudit(db, now, {
      orgId: token.orgId,
      projectId: token.environment.projectId,
      environmentId: token.environmentId,
      actor: userActor(caller),
      action: 'enrollment_token.revoke',
      outcome: 'succeeded',
      resource: { kind: 'enrollment_token', id: token.id },
    });
  });
  return {};
}
