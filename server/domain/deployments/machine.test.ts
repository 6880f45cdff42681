import { describe, expect, it } from 'vitest';
import {
  DEPLOYMENT_EVENTS,
  DEPLOYMENT_STATES,
  deploymentAfter,
  outcomeOf,
  type DeploymentEvent,
  type DeploymentState,
} from './machine.ts';

const ALLOWED: [DeploymentState, DeploymentEvent, DeploymentState][] = [
  ['pending_approval', 'approval_granted', 'approved'],
  ['pending_approval', 'approval_denied', 'denied'],
  ['pending_approval', 'approval_expired', 'denied'],
  ['pending_approval', 'withdrawn', 'withdrawn'],
  ['approved', 'build_started', 'building'],
  ['approved', 'approval_revoked', 'failed'],
  ['approved', 'withdrawn', 'withdrawn'],
  ['building', 'aborted', 'withdrawn'],
  ['deploying', 'aborted', 'withdrawn'],
  ['deploying', 'left', 'failed'],
  ['building', 'bundle_signed', 'deploying'],
  ['approved', 'build_failed', 'failed'],
  ['building', 'build_failed', 'failed'],
  ['building', 'approval_revoked', 'failed'],
  ['deploying', 'agents_confirmed', 'active'],
  ['deploying', 'agent_failed', 'failed'],
  ['deploying', 'approval_revoked', 'failed'],
  ['deploying', 'displaced', 'failed'],
  ['active', 'rollback_started', 'rolling_back'],
  ['failed', 'rollback_started', 'rolling_back'],
  ['rolling_back', 'rollback_done', 'rolled_back'],
];

const every = DEPLOYMENT_STATES.flatMap((state) =>
  DEPLOYMENT_EVENTS.map((event) => [state, event] as const),
);

describe('deployment transitions', () => {
  it.each(every)('%s on %s', (state, event) => {
    const row = ALLOWED.find(([from, on]) => from === state && on === event);
    expect(deploymentAfter(state, event)).toBe(row ? row[2] : null);
  });

  it('never leaves denied, withdrawn or rolled_back', () => {
    for (const event of DEPLOYMENT_EVENTS) {
      expect(deploymentAfter('denied', event)).toBeNull();
      expect(deploymentAfter('withdrawn', event)).toBeNull();
      expect(deploymentAfter('rolled_back', event)).toBeNull();
    }
  });

  it('comes to denied by a denial or by time, and to withdrawn by a person who takes it back', () => {
    const ways = (to: DeploymentState) =>
      new Set(every.filter(([state, on]) => deploymentAfter(state, on) === to).map(([, on]) => on));
    expect(ways('denied')).toEqual(new Set(['approval_denied', 'approval_expired']));
    expect(ways('withdrawn')).toEqual(new Set(['withdrawn', 'aborted']));
  });
});

describe('the outcome of several agents', () => {
  const waiting = { confirmed: false, failed: false, gone: false };
  const confirmed = { confirmed: true, failed: false, gone: false };
  const failed = { confirmed: false, failed: true, gone: false };
  const gone = { confirmed: false, failed: false, gone: true };
  it.each([
    [[], 'failed'],
    [[gone], 'failed'],
    [[gone, waiting], 'waiting'],
    [[gone, confirmed], 'active'],
    [[waiting], 'waiting'],
    [[confirmed], 'active'],
    [[confirmed, waiting], 'waiting'],
    [[confirmed, confirmed], 'active'],
    [[confirmed, failed], 'failed'],
    [[failed, waiting], 'failed'],
  ] as const)('%j is %s', (agents, outcome) => {
    expect(outcomeOf(agents)).toBe(outcome);
  });
});
