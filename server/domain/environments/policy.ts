/** What an environment asks for before a deployment may run (S20, CL-4, CL-5). */
import type { RolloutSteps } from '../deployments/rollout.ts';

export const POSTURES = ['dev', 'staging', 'prod'] as const;
export type Posture = (typeof POSTURES)[number];

interface EnvironmentRules {
  posture: Posture;
  /** Ask for a person also where the posture would let policy approve. */
  approvalRequired: boolean;
  selfApproval: boolean;
}

export type ApprovalMode = 'person' | 'policy';

/**
 * Who approves: in `prod` always a person; in `staging` a person when the spec carries side-effect
 * capabilities; in `dev` policy. A setting can only ask for more.
 */
export function approvalMode(
  rules: EnvironmentRules,
  capabilities: readonly string[],
): ApprovalMode {
  if (rules.posture === 'prod' || rules.approvalRequired) return 'person';
  if (rules.posture === 'staging' && capabilities.length > 0) return 'person';
  return 'policy';
}

/** The name that a credential signed by policy carries as its issuer. */
export function policyIssuer(rules: EnvironmentRules): string {
  return rules.posture === 'dev' ? 'policy:dev-auto-approval' : 'policy:staging-no-side-effects';
}

/** Most persons that an environment can ask for. */
export const MAX_QUORUM = 5;

/**
 * A rollout over so many agents: what the environment or the request says, in steps that there are
 * agents for. Without a step all the others follow the first.
 */
export function rolloutOver(
  agents: number,
  wished: { first: number; step: number | null; pauseSeconds: number },
): RolloutSteps {
  const count = Math.max(1, agents);
  const first = Math.min(wished.first, count);
  const others = Math.max(1, count - first);
  return {
    first,
    step: Math.min(wished.step ?? others, others),
    pauseSeconds: wished.pauseSeconds,
  };
}

/** Why an environment's rules could never be met, or null. */
export function refuseApprovers(rules: {
  quorum: number;
  approverRoles: readonly string[];
  approverUsers: readonly string[];
}): 'quorum_unreachable' | null {
  const { quorum, approverRoles, approverUsers } = rules;
  const onlyNamed = approverRoles.length === 0 && approverUsers.length > 0;
  return onlyNamed && new Set(approverUsers).size < quorum ? 'quorum_unreachable' : null;
}

interface EnvironmentDefaults {
  credentialLifetimeMinutes: number;
  approvalWindowMinutes: number;
  maxInFlight: number;
}

/** Short-lived over standing: an approval is decided within a day and used within the hour. */
export const ENVIRONMENT_DEFAULTS: EnvironmentDefaults = {
  credentialLifetimeMinutes: 60,
  approvalWindowMinutes: 24 * 60,
  maxInFlight: 8,
};
