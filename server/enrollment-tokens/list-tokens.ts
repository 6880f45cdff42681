import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';

const SHOWN = 50;

/** The tokens of an environment, newest first; never the secrets. */
export const listTokens = operation({
  kind: 'read',
  name: 'enrollment_token.list',
  input: z.object({ environmentId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'OperateEnvironment',
  async run({ db, thing: environment, now }) {
    const rows = await db.enrollmentToken.findMany({
      where: { orgId: environment.orgId, environmentId: environment.id },
      orderBy: { createdAt: 'desc' },
      take: SHOWN,
    });
    const names = await namesOf(
      db,
      rows.flatMap((row) => (row.createdBy ? [row.createdBy] : [])),
    );
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
  },
});
