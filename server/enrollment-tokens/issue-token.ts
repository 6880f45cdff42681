/** Issues a token without asking who may: for the server's own local agents, and for the operation. */
import { recordAudit, type Actor } from '../audit/record.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { ENROLLMENT_TOKEN_MINUTES } from '../domain/tokens/enrollment.ts';
import { hashToken, newToken } from '../ids/token.ts';
import { ByteorError } from '../errors.ts';
import type { Services } from '../services.ts';

/** Unused tokens that an environment may have at a time: a leak stays small. */
const OPEN_TOKENS = 20;

export async function issueEnrollmentToken(
  services: Services,
  environment: { id: string; orgId: string; projectId: string },
  actor: Actor,
) {
  const { database, clock, live } = services;
  const now = clock.now();
  const token = newToken('enrollment');
  const tokenId = uuidv7();
  const expiresAt = new Date(now.getTime() + ENROLLMENT_TOKEN_MINUTES * 60_000);
  await database.transact(async (db) => {
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
      throw new ByteorError(
        429,
        'enrollment_throttled',
        'The environment has many unused tokens.',
        {
          help: 'Use or revoke one of them first.',
          args: { open, limit: OPEN_TOKENS },
        },
      );
    }
    await db.enrollmentToken.create({
      data: {
        id: tokenId,
        orgId: environment.orgId,
        environmentId: environment.id,
        tokenHash: hashToken(token),
        createdBy: actor.kind === 'user' ? actor.id : null,
        createdAt: now,
        expiresAt,
      },
    });
    await recordAudit(db, now, {
      orgId: environment.orgId,
      projectId: environment.projectId,
      environmentId: environment.id,
      actor,
      action: 'enrollment_token.create',
      outcome: 'succeeded',
      resource: { kind: 'enrollment_token', id: tokenId },
      detail: { expires_at: expiresAt.toISOString() },
    });
    await live.publish(
      db,
      { type: 'agent', id: tokenId, orgId: environment.orgId, environmentId: environment.id },
      now,
    );
  });
  return { tokenId, token, expiresAt: expiresAt.toISOString() };
}
