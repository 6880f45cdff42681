import { describe, expect, it } from 'vitest';
import type { CheckResult } from '$lib/review/recompute';
import { whyNotApprove, whyNotDecide, type DecisionFacts } from './may-decide';

const match: CheckResult = { state: 'match', computed: 'sha256:1' };
const facts: DecisionFacts = {
  state: 'pending',
  expired: false,
  readOnly: undefined,
  own: false,
  selfApproval: false,
  refusals: { approve: null, deny: null },
  unread: 0,
  checks: [match, match, match],
};

describe('approving', () => {
  it('is possible for another person when every hash matches', () => {
    expect(whyNotApprove(facts)).toBeUndefined();
  });

  it('is blocked by one hash that doesn’t match', () => {
    const checks: CheckResult[] = [match, { state: 'mismatch', computed: 'x', why: 'y' }, match];
    expect(whyNotApprove({ ...facts, checks })).toMatch(/doesn’t match/);
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

  it('is not for the one who asked, unless the environment allows it', () => {
    expect(whyNotApprove({ ...facts, own: true })).toMatch(/another person/);
    expect(whyNotApprove({ ...facts, own: true, selfApproval: true })).toBeUndefined();
  });
});

describe('a session that is tied to the other side', () => {
  it('decides nothing, neither way, and says why', () => {
    const refusals = { approve: 'approval_issuers_request', deny: 'approval_issuers_request' };
    expect(whyNotDecide({ ...facts, refusals })).toMatch(/link that was issued in the page/);
    expect(whyNotApprove({ ...facts, refusals })).toMatch(/link that was issued in the page/);
  });

  it('may deny where only proven people approve', () => {
    const refusals = { approve: 'approval_second_person_not_proven', deny: null };
    expect(whyNotDecide({ ...facts, refusals })).toBeUndefined();
    expect(whyNotApprove({ ...facts, refusals })).toMatch(/both proven/);
  });
});

describe('deciding', () => {
  it('is possible even when a hash doesn’t match: it can be denied', () => {
    const checks: CheckResult[] = [{ state: 'mismatch', computed: 'x', why: 'y' }];
    expect(whyNotDecide({ ...facts, checks })).toBeUndefined();
    expect(whyNotDecide({ ...facts, own: true })).toBeUndefined();
  });

  it('ends with the window, with a decision, and with the right to', () => {
    expect(whyNotDecide({ ...facts, expired: true })).toMatch(/passed/);
    expect(whyNotDecide({ ...facts, state: 'denied' })).toMatch(/already/);
    expect(whyNotDecide({ ...facts, readOnly: 'viewer' })).toBe('viewer');
  });
});
