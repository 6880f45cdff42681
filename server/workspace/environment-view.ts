import type { ApproverRole } from '../domain/approvals/rules.ts';
import { approvalMode, type Posture } from '../domain/environments/policy.ts';
import type { EnvironmentRow } from '../scopes.ts';

/** An environment as the page sees it. */
export function environmentView(row: EnvironmentRow) {
  const posture = row.posture as Posture;
  return {
    id: row.id,
    name: row.name,
    posture,
    /** Who approves a deployment without side effects here. */
    approval: approvalMode({ ...row, posture }, []),
    selfApproval: row.selfApproval,
    approvalRequired: row.approvalRequired,
    credentialLifetimeMinutes: row.credentialLifetimeMinutes,
    approvalWindowMinutes: row.approvalWindowMinutes,
    maxInFlight: row.maxInFlight,
    quorum: row.quorum,
    /** Nobody named: whoever may operate here. */
    approverRoles: row.approverRoles as ApproverRole[],
    approverUsers: row.approverUsers,
    breakGlassAllowed: row.breakGlassAllowed,
    breakGlassAllowedBy: row.breakGlassAllowedBy,
    rolloutFirst: row.rolloutFirst,
    rolloutStep: row.rolloutStep,
    rolloutPauseSeconds: row.rolloutPauseSeconds,
  };
}
