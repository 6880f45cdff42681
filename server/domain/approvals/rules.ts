/** The rules that a request binds: who has to say yes, as its statement says it and nothing later. */
import { roleHas, type Role } from '../permissions/roles.ts';

/** Roles that may be named as approvers: those that may operate at all. */
export const APPROVER_ROLES = ['org_admin', 'project_admin', 'operator'] as const;
export type ApproverRole = (typeof APPROVER_ROLES)[number];

/** `session`: signed in, in whatever way. `proven`: nobody else was ever shown what opened it. */
export type Proof = 'session' | 'proven';

export interface ApprovalRules {
  selfApproval: boolean;
  /** Different persons that have to say yes; 0 where policy approves. */
  quorum: number;
  /** Nobody named: whoever may operate. */
  approvers: { roles: readonly ApproverRole[]; users: readonly string[] };
  proof: { requester: Proof; approver: Proof };
  /** One person may decide alone in an emergency. */
  breakGlass: boolean;
}

export function isApproverRole(role: Role | null): role is ApproverRole {
  return role !== null && roleHas(role, 'OperateEnvironment');
}

/** Whether somebody with this role (in the environment's project, now) may say yes at all. */
export function mayApprove(
  rules: Pick<ApprovalRules, 'approvers'>,
  userId: string,
  role: Role | null,
): boolean {
  if (!isApproverRole(role)) return false;
  const { roles, users } = rules.approvers;
  if (roles.length === 0 && users.length === 0) return true;
  return users.includes(userId) || roles.includes(role);
}

/** Whether these are persons enough. Somebody who is there twice is one. */
export function quorumMet(rules: ApprovalRules, userIds: readonly string[]): boolean {
  return rules.quorum > 0 && new Set(userIds).size >= rules.quorum;
}
