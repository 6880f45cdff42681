import { z } from 'zod';
import { orgIdsOf, sees } from '../caller.ts';
import { operation } from '../operation.ts';
import { judgedParts, refusalsFor } from './waits-for.ts';

/** How many requests the caller can decide: what a badge shows on every page. */
export const countWaiting = operation({
  kind: 'read',
  name: 'approval.waiting',
  input: z.void(),
  needs: 'session',
  async run({ services, db, caller, now }) {
    const pending = await db.approval.findMany({
      where: { orgId: { in: orgIdsOf(caller) }, mode: 'person', state: 'pending' },
      include: judgedParts,
    });
    const visible = pending.filter((row) =>
      sees(caller, { orgId: row.orgId, projectId: row.environment.projectId }),
    );
    const whyNot = await refusalsFor(services, db, caller, visible, now);
    return { yours: visible.filter((row) => whyNot(row) === null).length };
  },
});
