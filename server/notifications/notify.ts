/** The one writer of notifications: who should hear of something, told to each of them alone. */
import { uuidv7 } from '../ids/uuid.ts';
import type { LiveBus } from '../live/bus.ts';
import type { Db } from '../providers/database.ts';

export const NOTIFICATION_KINDS = [
  'review_finished',
  'mention',
  'reply',
  'approval_waits',
  'approval_decided',
  'deployment_failed',
  'deployment_paused',
] as const;
type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export interface Notice {
  kind: NotificationKind;
  orgId: string;
  environmentId: string;
  /** What it is about, as people call it (`order_events v14`); never contents, never a secret's name. */
  subject: string;
  /** Who did it, and so needn't hear of it; null where time or an agent did. */
  actorId: string | null;
  /** Where it leads. */
  versionId?: string;
  /** What the version was compared with. */
  baseVersionId?: string | null;
  threadId?: string;
  approvalId?: string;
  deploymentId?: string;
}

/** So many are kept for each person, the newest; more than these nobody is ever shown. */
export const KEPT = 500;

/** Forgets what is older than the {@link KEPT} newest of anybody. */
export async function trimNotifications(db: Db): Promise<void> {
  const over = await db.notification.groupBy({
    by: ['userId'],
    having: { userId: { _count: { gt: KEPT } } },
  });
  for (const { userId } of over) {
    const [first] = await db.notification.findMany({
      where: { userId },
      orderBy: { id: 'desc' },
      skip: KEPT,
      take: 1,
      select: { id: true },
    });
    if (first) await db.notification.deleteMany({ where: { userId, id: { lte: first.id } } });
  }
}

/** Tells people of something, in the transaction that did it. Who did it is left out. */
export async function notify(
  { live }: { live: LiveBus },
  db: Db,
  { kind, orgId, environmentId, subject, actorId, ...leadsTo }: Notice,
  userIds: Iterable<string>,
  now: Date,
): Promise<void> {
  const told = [...new Set(userIds)].filter((userId) => userId !== actorId);
  if (told.length === 0) return;
  await db.notification.createMany({
    data: told.map((userId) => ({
      id: uuidv7(),
      orgId,
      environmentId,
      userId,
      kind,
      subject,
      actorId,
      ...leadsTo,
      createdAt: now,
    })),
  });
  await tell(live, db, orgId, told, now);
}

/** An approval that was decided, or can't be any more, waits for nobody. */
export async function stopWaiting(
  { live }: { live: LiveBus },
  db: Db,
  approval: { id: string; orgId: string },
  now: Date,
): Promise<void> {
  const where = {
    orgId: approval.orgId,
    approvalId: approval.id,
    kind: 'approval_waits' as const,
    readAt: null,
  };
  const waiting = await db.notification.findMany({ where, select: { userId: true } });
  await db.notification.updateMany({ where, data: { readAt: now } });
  const userIds = waiting.map(({ userId }) => userId);
  await tell(live, db, approval.orgId, userIds, now);
}

async function tell(
  live: LiveBus,
  db: Db,
  orgId: string,
  userIds: string[],
  now: Date,
): Promise<void> {
  for (const userId of userIds) {
    await live.publish(
      db,
      { type: 'notification', id: userId, userId, orgId, environmentId: null },
      now,
    );
  }
}
