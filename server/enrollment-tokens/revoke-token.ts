import { z } from 'zod';
import { scopeWithin } from '../scopes.ts';
import { orgIdsOf, sees } from '../caller.ts';
import { conflict, notFound } from '../errors.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';

/** Takes an unused token's power away; agents that are enrolled already stay. */
export const revokeToken = operation({
  kind: 'change',
  name: 'enrollment_token.revoke',
  input: z.object({ tokenId: id }),
  async thing({ db, caller, input }) {
    const token = await db.enrollmentToken.findFirst({
      where: { id: input.tokenId, orgId: { in: orgIdsOf(caller) } },
      include: { environment: true },
    });
    if (!token || !sees(caller, token.environment)) throw notFound('enrollment_token');
    return token;
  },
  scope: (token) => scopeWithin(token.environment, 'enrollment_token', token.id),
  needs: 'OperateEnvironment',
  async run({ db, thing: token, now }) {
    const { count } = await db.enrollmentToken.updateMany({
      where: { id: token.id, orgId: token.orgId, usedAt: null, revokedAt: null },
      data: { revokedAt: now },
    });
    if (count === 0) {
      throw conflict('enrollment_token_spent', 'The token was used or revoked already.');
    }
    return {};
  },
  audit: () => ({}),
  events: ({ thing }) => [{ type: 'agent', id: thing.id }],
});
