/** What people and agents did last, over all organizations that somebody sees. */
import { orgIdsOf, type Caller } from '../caller.ts';
import type { Db } from '../providers/database.ts';
import { recordViews, visibleRecords } from './view.ts';

const SHOWN = 12;

export async function recentRecords(db: Db, caller: Caller) {
  const rows = await db.auditRecord.findMany({
    where: {
      OR: orgIdsOf(caller).map((orgId) => visibleRecords(caller, orgId)),
      // Steps between a request and its end are the deployment's own story, and who comes and goes, or
      // knocks in vain, the audit's.
      action: {
        notIn: [
          'deployment.approval_granted',
          'deployment.build_started',
          'deployment.bundle_signed',
          'session.sign_in',
          'session.sign_out',
          'agent.authenticate',
        ],
      },
    },
    orderBy: { id: 'desc' },
    take: SHOWN,
  });
  return recordViews(db, rows);
}
