/** The token with which this install enrolls an agent of its own: nobody asked, so the system is on record. */
import { recordAudit } from '../audit/record.ts';
import type { Services } from '../services.ts';
import { issueToken } from './issue-token.ts';

export async function issueLocalToken(
  { database, clock, live }: Services,
  environment: { id: string; orgId: string; projectId: string },
): Promise<string> {
  const now = clock.now();
  const { id: environmentId, orgId, projectId } = environment;
  return database.transact(async (db) => {
    const { tokenId, token, expiresAt } = await issueToken(db, environment, null, now);
    await recordAudit(db, now, {
      orgId,
      projectId,
      environmentId,
      actor: { kind: 'system', id: null, name: 'Local setup' },
      action: 'enrollment_token.create',
      outcome: 'succeeded',
      resource: { kind: 'enrollment_token', id: tokenId },
      detail: { expires_at: expiresAt },
    });
    await live.publish(db, { type: 'agent', id: tokenId, orgId, environmentId }, now);
    return token;
  });
}
