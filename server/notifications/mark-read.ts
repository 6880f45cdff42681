import { z } from 'zod';
import { orgIdsOf } from '../caller.ts';
import { id } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';

/** Marks some of the caller's own notifications as read, or all of them. Others' ids mark nothing. */
export const markRead = operation({
  kind: 'change',
  name: 'notification.mark_read',
  input: z.object({
    /** Left out: all. */
    notificationIds: z.array(id).max(200).optional(),
  }),
  needs: 'session',
  async run({ db, caller, input, now }) {
    const where = { userId: caller.user.id, orgId: { in: orgIdsOf(caller) }, readAt: null };
    const { count } = await db.notification.updateMany({
      where: {
        ...where,
        ...(input.notificationIds ? { id: { in: input.notificationIds } } : {}),
      },
      data: { readAt: now },
    });
    return { marked: count };
  },
  audit: unaudited('What somebody has read concerns nobody else.'),
  events: ({ caller }) =>
    orgIdsOf(caller)
      .slice(0, 1)
      .map((orgId) => ({
        type: 'notification' as const,
        id: caller.user.id,
        userId: caller.user.id,
        orgId,
        environmentId: null,
      })),
});
