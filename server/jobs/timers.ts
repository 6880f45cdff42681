/** What time alone changes: undecided approvals expire, bundles that nobody activated expire. */
import type { Actor } from '../audit/record.ts';
import { moveApproval } from '../approvals/move.ts';
import { revokeGrant } from '../approvals/revoke.ts';
import { moveDeployment } from '../deployment-state/move.ts';
import { trimNotifications } from '../notifications/notify.ts';
import type { Services } from '../services.ts';

const ACTOR: Actor = { kind: 'timer', id: null, name: 'Expiry' };
/** Live events older than this are of no use to a reconnecting page. */
const BACKLOG_MILLIS = 60 * 60_000;

export async function runTimers(services: Services): Promise<void> {
  await expireApprovals(services);
  await expireGrants(services);
  const { client: db } = services.database;
  const now = services.clock.now();
  await db.liveEvent.deleteMany({
    where: { at: { lt: new Date(now.getTime() - BACKLOG_MILLIS) } },
  });
  await db.session.deleteMany({ where: { expiresAt: { lte: now } } });
  await trimNotifications(db);
}

/** `pending` approvals whose window passed. */
export async function expireApprovals(services: Services): Promise<void> {
  const { database, clock } = services;
  const now = clock.now();
  const due = await database.client.approval.findMany({
    where: { state: 'pending', expiresAt: { lte: now } },
    select: { id: true, orgId: true },
  });
  for (const { id, orgId } of due) {
    await database.transact(async (db) => {
      const approval = await db.approval.findUnique({
        where: { orgId_id: { orgId, id } },
        include: { deployment: { include: { environment: true } } },
      });
      if (approval?.state !== 'pending' || approval.expiresAt > now) return;
      const { deployment } = approval;
      const set = { decidedAt: now };
      await moveApproval(
        services,
        db,
        approval,
        { event: 'window_passed', actor: ACTOR, set },
        now,
      );
      await moveDeployment(
        services,
        db,
        deployment,
        {
          event: 'approval_expired',
          actor: ACTOR,
          code: 'approval_expired',
          reason: 'Nobody decided in time.',
        },
        now,
      );
    });
  }
}

/** Grants that ran out before the deployment was activated: agents would refuse the bundle. */
export async function expireGrants(services: Services): Promise<void> {
  const { database, clock } = services;
  const now = clock.now();
  const due = await database.client.deployment.findMany({
    where: {
      state: { in: ['approved', 'building', 'deploying'] },
      approval: { state: 'approved', credentialExpiresAt: { lte: now } },
    },
    select: { id: true, orgId: true },
  });
  for (const { id, orgId } of due) {
    await database.transact(async (db) => {
      const deployment = await db.deployment.findUnique({
        where: { orgId_id: { orgId, id } },
        include: { environment: true },
      });
      if (!deployment || !['approved', 'building', 'deploying'].includes(deployment.state)) return;
      await revokeGrant(
        services,
        db,
        deployment,
        {
          actor: ACTOR,
          code: 'credential_expired',
          reason: 'The approval expired before an agent activated the bundle.',
        },
        now,
      );
    });
  }
}
