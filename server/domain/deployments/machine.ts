/** The deployment's states (reference `cloud.md` section 2; what it leaves open: decision 22). */

export const DEPLOYMENT_STATES = [
  'pending_approval',
  'approved',
  'building',
  'deploying',
  'active',
  'failed',
  'denied',
  'withdrawn',
  'rolling_back',
  'rolled_back',
] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

export const DEPLOYMENT_EVENTS = [
  'approval_granted',
  'approval_denied',
  'approval_expired',
  'withdrawn',
  'aborted',
  'build_started',
  'build_failed',
  'bundle_signed',
  'agents_confirmed',
  'agent_failed',
  'left',
  'approval_revoked',
  'displaced',
  'rollback_started',
  'rollback_done',
] as const;
export type DeploymentEvent = (typeof DEPLOYMENT_EVENTS)[number];

const TABLE: Record<DeploymentState, Partial<Record<DeploymentEvent, DeploymentState>>> = {
  pending_approval: {
    approval_granted: 'approved',
    approval_denied: 'denied',
    approval_expired: 'denied',
    withdrawn: 'withdrawn',
  },
  approved: {
    build_started: 'building',
    // The tries of the build are spent before one of them could begin.
    build_failed: 'failed',
    approval_revoked: 'failed',
    withdrawn: 'withdrawn',
  },
  building: {
    bundle_signed: 'deploying',
    build_failed: 'failed',
    approval_revoked: 'failed',
    aborted: 'withdrawn',
  },
  deploying: {
    agents_confirmed: 'active',
    // An agent refused it, or gave it up for good: its tries until then are part of deploying.
    agent_failed: 'failed',
    // A person left it as it is, or rolled it back.
    left: 'failed',
    approval_revoked: 'failed',
    aborted: 'withdrawn',
    // A newer deployment of the same slot took over before this one was confirmed.
    displaced: 'failed',
  },
  active: { rollback_started: 'rolling_back' },
  failed: { rollback_started: 'rolling_back' },
  denied: {},
  withdrawn: {},
  rolling_back: { rollback_done: 'rolled_back' },
  rolled_back: {},
};

/** The state after an event, or null when the event is refused in this state. */
export function deploymentAfter(
  state: DeploymentState,
  event: DeploymentEvent,
): DeploymentState | null {
  return TABLE[state][event] ?? null;
}

/** Deployments that count against an environment's limit. */
export function isInFlight(state: DeploymentState): boolean {
  return ['pending_approval', 'approved', 'building', 'deploying', 'rolling_back'].includes(state);
}

/** One agent's part, as far as the deployment's outcome needs it. */
interface AgentOutcome {
  confirmed: boolean;
  failed: boolean;
  /** It was decommissioned, and will never be heard again. */
  gone: boolean;
}

/**
 * Active only when every agent confirmed; failed as soon as one failed (CL-2). Nobody waits for an agent
 * that is gone; where all are, there is nobody left to run it.
 */
export function outcomeOf(agents: readonly AgentOutcome[]): 'active' | 'failed' | 'waiting' {
  const there = agents.filter((agent) => !agent.gone);
  if (there.length === 0 || there.some((agent) => agent.failed)) return 'failed';
  return there.every((agent) => agent.confirmed) ? 'active' : 'waiting';
}
