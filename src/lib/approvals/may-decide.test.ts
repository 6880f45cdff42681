import { describe, expect, it } from 'vitest';
import type { CheckResult } from '$lib/review/recompute';
import { whyNotApprove, whyNotBreakGlass, whyNotDecide, type DecisionFacts } from './may-decide';

const match: CheckResult = { state: 'match', computed: 'sha256:1' };
const mismatch: CheckResult = { state: 'mismatch', computed: 'x', why: 'y' };
const facts: DecisionFacts = {
  state: 'pending',
  expired: false,
  readOnly: undefined,
  refusals: { approve: null, deny: null },
  unread: 0,
  checks: [match, match, match],
};

describe('approving', () => {
  it('is possible for another person when every hash matches', () => {
    expect(whyNotApprove(facts)).toBeUndefined();
  });

  it('is blocked by one hash that doesn’t match', () => {
    expect(whyNotApprove({ ...facts, checks: [match, mismatch, match] })).toMatch(/doesn’t match/);
  });

  it('is blocked by a hash that couldn’t be computed: not checked is not matching', () => {
    expect(whyNotApprove({ ...facts, checks: [match, { state: 'unchecked', why: 'y' }] })).toMatch(
      /couldn’t be computed/,
    );
  });

  it('waits until the person has read what changed; denying does not', () => {
    expect(whyNotApprove({ ...facts, unread: 1 })).toMatch(/read it first/);
    expect(whyNotDecide({ ...facts, unread: 1 })).toBeUndefined();
  });

  it('waits for the hashes', () => {
    expect(whyNotApprove({ ...facts, checks: [match, undefined] })).toMatch(/being computed/);
  });

  it.each([
    ['approval_own_request', /another person/],
    ['approval_not_named', /aren’t among those/],
    ['approval_already_given', /said yes already/],
    ['approval_second_person_not_proven', /both proven/],
  ] as const)('is refused as the server would: %s', (approve, words) => {
    const refused = { ...facts, refusals: { approve, deny: null } };
    expect(whyNotApprove(refused)).toMatch(words);
    expect(whyNotDecide(refused)).toBeUndefined();
  });
});

describe('a session that is tied to the other side', () => {
  it('decides nothing, neither way, and says why', () => {
    const code = 'approval_issuers_request' as const;
    const refused = { ...facts, refusals: { approve: code, deny: code } };
    expect(whyNotDecide(refused)).toMatch(/link that was issued in the page/);
    expect(whyNotApprove(refused)).toMatch(/link that was issued in the page/);
  });
});

describe('breaking the glass', () => {
  it('takes the same bytes and the same reading as any other yes', () => {
    expect(whyNotBreakGlass(facts)).toBeUndefined();
    expect(whyNotBreakGlass({ ...facts, checks: [mismatch] })).toMatch(/doesn’t match/);
    expect(whyNotBreakGlass({ ...facts, unread: 1 })).toMatch(/read it first/);
    expect(whyNotBreakGlass({ ...facts, expired: true })).toMatch(/passed/);
  });
});

describe('deciding', () => {
  it('is possible even when a hash doesn’t match: it can be denied', () => {
    expect(whyNotDecide({ ...facts, checks: [mismatch] })).toBeUndefined();
  });

  it('ends with the window, with a decision, and with the right to', () => {
    expect(whyNotDecide({ ...facts, expired: true })).toMatch(/passed/);
    expect(whyNotDecide({ ...facts, state: 'denied' })).toMatch(/already/);
    expect(whyNotDecide({ ...facts, readOnly: 'viewer' })).toBe('viewer');
  });
});
