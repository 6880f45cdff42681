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
  };
}
