import { z } from 'zod';
import { orgIdsOf, sees } from '../caller.ts';
import { integer } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { KEPT } from './notify.ts';

/**
 * What the caller should have heard of, newest first, and how much of it is unread. What stands in a
 * project that the caller was removed from is in neither.
 */
export const listNotifications = operation({
  kind: 'read',
  name: 'notification.list',
  input: z.object({ limit: integer(1, 200).default(50) }).default({ limit: 50 }),
  needs: 'session',
  async run({ db, caller, input }) {
    const rows = await db.notification.findMany({
      where: { userId: caller.user.id, orgId: { in: orgIdsOf(caller) } },
      include: { environment: { select: { name: true, projectId: true, orgId: true } } },
      orderBy: { id: 'desc' },
      take: KEPT,
    });
    const visible = rows.filter((row) => sees(caller, row.environment));
    const shown = visible.slice(0, input.limit);
    const names = await namesOf(
      db,
      shown.flatMap((row) => row.actorId ?? []),
    );
    return {
      unread: visible.filter((row) => row.readAt === null).length,
      more: visible.length - shown.length,
      notifications: shown.map((row) => ({
        id: row.id,
        kind: row.kind,
        subject: row.subject,
        actor: row.actorId ? names(row.actorId) : null,
        environment: { id: row.environmentId, name: row.environment.name },
        projectId: row.environment.projectId,
        orgId: row.orgId,
        versionId: row.versionId,
        baseVersionId: row.baseVersionId,
        threadId: row.threadId,
        approvalId: row.approvalId,
        deploymentId: row.deploymentId,
        at: row.createdAt.toISOString(),
        readAt: row.readAt?.toISOString() ?? null,
      })),
    };
  },
});
