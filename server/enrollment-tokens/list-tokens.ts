import { z } from 'zod';
import { authorize, environmentScope, findEnvironment } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';

export const listTokensInput = z.object({ environmentId: id });

const SHOWN = 50;

/** The tokens of an environment, newest first; never the secrets. */
export async function listTokens(
  services: Services,
  caller: Caller,
  input: z.infer<typeof listTokensInput>,
) {
  const db = services.database.client;
  const environment = await findEnvironment(db, caller, input.environmentId);
  const scope = environmentScope(environment);
  await authorize(services, caller, 'OperateEnvironment', scope, 'enrollment_token.list');
  const rows = await db.enrollmentToken.findMany({
    where: { orgId: environment.orgId, environmentId: environment.id },
    orderBy: { createdAt: 'desc' },
    take: SHOWN,
  });
  const names = await namesOf(
    db,
    rows.flatMap((row) => (row.createdBy ? [row.createdBy] : [])),
  );
  const now = services.clock.now();
  return rows.map((row) => ({
    id: row.id,
    createdBy: row.createdBy ? names(row.createdBy) : null,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    usedAt: row.usedAt?.toISOString() ?? null,
    usedByAgentId: row.usedByAgentId,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    state: row.revokedAt
      ? ('revoked' as const)
      : row.usedAt
        ? ('used' as const)
        : row.expiresAt <= now
          ? ('expired' as const)
          : ('open' as const),
  }));
}
