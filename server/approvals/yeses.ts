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
  environment: { projectId: string };
}

export interface Yes {
  presence: Presence;
  userName: string;
  role: ApproverRole;
  at: Date;
  comment: string | null;
}

/** Yeses that weren't taken back, oldest first; of one that is carried on, those of the first. */
export function yesesGiven(db: Db, approval: OfApproval) {
  return db.approvalYes.findMany({
    where: {
      orgId: approval.orgId,
      approvalId: approval.carriedFrom ?? approval.id,
      takenBackAt: null,
    },
    orderBy: { at: 'asc' },
  });
}

/**
 * Those that count now. A role that somebody lost since then counts no more: a person who may not
 * decide any more has not decided.
 */
export async function yesesThatCount(
  db: Db,
  approval: OfApproval,
  rules: ApprovalRules,
): Promise<Yes[]> {
  const rows = await yesesGiven(db, approval);
  const place = { orgId: approval.orgId, projectId: approval.environment.projectId };
  const roleOf = await rolesIn(
    db,
    place,
    rows.map((row) => row.userId),
  );
  return rows.flatMap((row) => {
    const role = roleOf(row.userId);
    if (!mayApprove(rules, row.userId, role)) return [];
    return {
      presence: { userId: row.userId, method: row.method, shownTo: row.shownTo },
      userName: row.userName,
      role: role as ApproverRole,
      at: row.at,
      comment: row.comment,
    };
  });
}
