/** Writes the row of a token; who asks for it says who may, and records it. */
import { ENROLLMENT_TOKEN_MINUTES } from '../domain/tokens/enrollment.ts';
import { ByteorError } from '../errors.ts';
import { hashToken, newToken } from '../ids/token.ts';
import { uuidv7 } from '../ids/uuid.ts';
import type { Db } from '../providers/database.ts';

/** Unused tokens that an environment may have at a time: a leak stays small. */
const OPEN_TOKENS = 20;

export async function issueToken(
  db: Db,
  environment: { id: string; orgId: string },
  createdBy: string | null,
  now: Date,
) {
  const open = await db.enrollmentToken.count({
    where: {
      orgId: environment.orgId,
      environmentId: environment.id,
      usedAt: null,
      revokedAt: null,
      expiresAt: { gt: now },
    },
  });
  if (open >= OPEN_TOKENS) {
    throw new ByteorError(429, 'enrollment_throttled', 'The environment has many unused tokens.', {
      help: 'Use or revoke one of them first.',
      args: { open, limit: OPEN_TOKENS },
    });
  }
  const token = newToken('enrollment');
  const tokenId = uuidv7();
  const expiresAt = new Date(now.getTime() + ENROLLMENT_TOKEN_MINUTES * 60_000);
  await db.enrollmentToken.create({
    data: {
      id: tokenId,
      orgId: environment.orgId,
      environmentId: environment.id,
      tokenHash: hashToken(token),
      createdBy,
      createdAt: now,
      expiresAt,
    },
  });
  return { tokenId, token, expiresAt: expiresAt.toISOString() };
}
