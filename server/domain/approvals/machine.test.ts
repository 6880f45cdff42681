import { describe, expect, it } from 'vitest';
import {
  APPROVAL_EVENTS,
  APPROVAL_STATES,
  approvalAfter,
  refuseDecision,
  type DecisionFacts,
} from './machine.ts';

const ALLOWED = [
  ['pending', 'approve', 'approved'],
  ['pending', 'deny', 'denied'],
  ['pending', 'window_passed', 'expired'],
  ['pending', 'withdraw', 'withdrawn'],
  ['approved', 'withdraw_grant', 'revoked'],
];
/** The reference's own table (`cloud.md` section 2), which stays met whatever is added. */
const GIVEN = [
  ['pending', 'approve', 'approved'],
  ['pending', 'deny', 'denied'],
  ['pending', 'window_passed', 'expired'],
  ['approved', 'withdraw_grant', 'revoked'],
] as const;
const every = APPROVAL_STATES.flatMap((state) =>
  APPROVAL_EVENTS.map((event) => [state, event] as const),
);

describe('approval transitions', () => {
  it.each(every)('%s on %s', (state, event) => {
    const row = ALLOWED.find(([from, on]) => from === state && on === event);
    expect(approvalAfter(state, event)).toBe(row ? row[2] : null);
  });

  it.each(GIVEN)('the given one from %s on %s to %s stands', (from, event, to) => {
    expect(approvalAfter(from, event)).toBe(to);
  });
});

describe('a decision', () => {
  const facts: DecisionFacts = {
    state: 'pending',
    digest: 'sha256:a',
    seenDigest: 'sha256:a',
    requestedBy: 'ada',
    reviewer: 'grace',
    decision: 'approve',
    selfApproval: false,
    now: new Date(1000),
    expiresAt: new Date(2000),
  };
  const own = { requestedBy: 'grace' };

  it.each<[string, Partial<DecisionFacts>, string | null]>([
    ['by somebody else is fine', {}, null],
    ['of what was decided already', { state: 'approved' }, 'approval_not_pending'],
    ['of what was denied', { state: 'denied' }, 'approval_not_pending'],
    ['at the moment the window ends', { now: new Date(2000) }, 'approval_expired'],
    ['of another digest than was seen', { seenDigest: 'sha256:b' }, 'approval_digest_changed'],
    ["of one's own request", own, 'approval_own_request'],
    ["of one's own request where the environment allows it", { ...own, selfApproval: true }, null],
    ["against one's own request", { ...own, decision: 'deny' }, null],
    [
      'against another digest',
      { decision: 'deny', seenDigest: 'sha256:b' },
      'approval_digest_changed',
    ],
  ])('%s', (_name, change, expected) => {
    expect(refuseDecision({ ...facts, ...change })).toBe(expected);
  });
});
