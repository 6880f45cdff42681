/** The yeses of an approval, and which of them count: those of persons who still may say yes. */
import { mayApprove, type ApprovalRules, type ApproverRole } from '../domain/approvals/rules.ts';
import type { Presence } from '../domain/approvals/second-person.ts';
import type { Db } from '../providers/database.ts';
import { rolesIn } from '../roles/memberships.ts';

interface OfApproval {
  id: string;
  orgId: string;
  /** The approval of the identical digest that this one carries on. */
  carriedFrom: string | null;
}

export interface Yes {
  presence: Presence;
  userName: string;
  role: ApproverRole;
  at: Date;
  comment: string | null;
}

const givenTo = ({ id, carriedFrom }: OfApproval): string => carriedFrom ?? id;

/** Yeses that weren't taken back, oldest first; of one that is carried on, those of the first. */
export function yesesGiven(db: Db, approvals: readonly OfApproval[]) {
  return db.approvalYes.findMany({
    where: {
      orgId: { in: [...new Set(approvals.map(({ orgId }) => orgId))] },
      approvalId: { in: approvals.map(givenTo) },
      takenBackAt: null,
    },
    orderBy: { at: 'asc' },
  });
}

type Judged = OfApproval & { environment: { projectId: string } };

/**
 * Those that count now. A role that somebody lost since then counts no more: a person who may not
 * decide any more has not decided.
 */
export async function yesesThatCount(
  db: Db,
  approvals: readonly Judged[],
): Promise<(approval: Judged, rules: ApprovalRules) => Yes[]> {
  const rows = await yesesGiven(db, approvals);
  const roleIn = await rolesIn(
    db,
    approvals.map(({ orgId, environment: { projectId } }) => ({ orgId, projectId })),
    rows.map((row) => row.userId),
  );
  return (approval, rules) => {
    const { orgId, environment } = approval;
    const place = { orgId, projectId: environment.projectId };
    return rows.flatMap((row) => {
      if (row.orgId !== orgId || row.approvalId !== givenTo(approval)) return [];
      const role = roleIn(place, row.userId);
      if (!mayApprove(rules, row.userId, role)) return [];
      return {
        presence: { userId: row.userId, method: row.method, shownTo: row.shownTo },
        userName: row.userName,
        role: role as ApproverRole,
        at: row.at,
        comment: row.comment,
      };
    });
  };
}
