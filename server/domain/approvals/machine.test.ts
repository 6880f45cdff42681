import { describe, expect, it } from 'vitest';
import {
  APPROVAL_EVENTS,
  APPROVAL_STATES,
  approvalAfter,
  refuseDecision,
  refuseReview,
  refuseRevocation,
  type DecisionFacts,
  type ReviewFacts,
  type RevocationFacts,
} from './machine.ts';
import type { ApprovalRules } from './rules.ts';
import type { Presence } from './second-person.ts';

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

const by = (
  userId: string,
  method: Presence['method'] = 'host_link',
  ...shownTo: string[]
): Presence => ({ userId, method, shownTo });
const ada = by('ada');
const grace = by('grace');

const rules: ApprovalRules = {
  selfApproval: false,
  quorum: 1,
  approvers: { roles: [], users: [] },
  proof: { requester: 'session', approver: 'session' },
  breakGlass: false,
};
const selfApproval = { rules: { ...rules, selfApproval: true } };
const facts: DecisionFacts = {
  state: 'pending',
  statementVersion: 2,
  role: 'operator',
  yeses: [],
  rules,
  breakGlassAllowedBy: null,
  digest: 'sha256:a',
  seenDigest: 'sha256:a',
  requester: ada,
  reviewer: grace,
  authors: ['ada'],
  decision: 'approve',
  posture: 'prod',
  now: new Date(1000),
  expiresAt: new Date(2000),
};

describe('a decision', () => {
  const own = { requester: grace };

  it.each<[string, Partial<DecisionFacts>, string | null]>([
    ['by somebody else is fine', {}, null],
    ['of what was decided already', { state: 'approved' }, 'approval_not_pending'],
    ['of what was denied', { state: 'denied' }, 'approval_not_pending'],
    ['at the moment the window ends', { now: new Date(2000) }, 'approval_expired'],
    ['of another digest than was seen', { seenDigest: 'sha256:b' }, 'approval_digest_changed'],
    ["of one's own request", own, 'approval_own_request'],
    ["of one's own request where the environment allows it", { ...own, ...selfApproval }, null],
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

const ISSUER = 'approval_issuers_request';

describe('a session whose link was issued in the page', () => {
  const fromAda = by('grace', 'page_link', 'ada');

  it.each<[string, Partial<DecisionFacts>, string | null]>([
    ['decides nothing that its issuer asked for', { reviewer: fromAda }, ISSUER],
    [
      'nor against it: the words would be the issuer’s',
      { reviewer: fromAda, decision: 'deny' },
      ISSUER,
    ],
    [
      'decides nothing that its issuer wrote',
      { reviewer: by('grace', 'page_link', 'boss'), authors: ['linus', 'boss'] },
      ISSUER,
    ],
    [
      'asks for nothing that its issuer decides',
      { requester: by('grace', 'page_link', 'ada'), reviewer: ada },
      ISSUER,
    ],
    [
      'decides nothing that another session of the same issuer asked for',
      { requester: by('linus', 'page_link', 'ada'), reviewer: fromAda },
      ISSUER,
    ],
    [
      'bears the issuer of the session in which its link was made, too',
      { reviewer: by('grace', 'page_link', 'boss', 'ada') },
      ISSUER,
    ],
    [
      'decides not even its own request where that is allowed',
      { requester: fromAda, reviewer: fromAda, ...selfApproval },
      ISSUER,
    ],
    [
      'decides what somebody else asked for and wrote',
      { reviewer: by('grace', 'page_link', 'boss') },
      null,
    ],
    ['decides everything outside of prod', { reviewer: fromAda, posture: 'staging' }, null],
  ])('%s', (_name, change, expected) => {
    expect(refuseDecision({ ...facts, ...change })).toBe(expected);
  });
});

describe('where proven people are required', () => {
  const proof = { requester: 'proven', approver: 'proven' } as const;
  const strict = { ...facts, rules: { ...rules, proof } };
  const CODE = 'approval_second_person_not_proven';

  it.each<[string, Partial<DecisionFacts>, string | null]>([
    ['two who are proven decide', {}, null],
    ['a reviewer who was invited doesn’t', { reviewer: by('grace', 'invitation', 'ada') }, CODE],
    ['nor for a requester who was', { requester: by('ada', 'invitation', 'linus') }, CODE],
    [
      'who isn’t proven may deny',
      { reviewer: by('grace', 'invitation', 'ada'), decision: 'deny' },
      null,
    ],
    [
      'one person isn’t two',
      { requester: grace, rules: { ...rules, proof, selfApproval: true } },
      CODE,
    ],
  ])('%s', (_name, change, expected) => {
    expect(refuseDecision({ ...strict, ...change })).toBe(expected);
  });
});

describe('a further yes', () => {
  const two = { ...facts, rules: { ...rules, quorum: 2 }, yeses: [by('linus')] };

  it.each<[string, Partial<DecisionFacts>, string | null]>([
    ['of another person is fine', {}, null],
    ['of the same person is none', { reviewer: by('linus') }, 'approval_already_given'],
    [
      'of whom the first one’s link was shown to is none in prod',
      { yeses: [by('linus', 'page_link', 'grace')] },
      'approval_same_hands',
    ],
    [
      'is fine outside of prod',
      { yeses: [by('linus', 'page_link', 'grace')], posture: 'staging' },
      null,
    ],
    ['needs a role that may operate', { role: 'viewer' }, 'approval_not_named'],
    [
      'needs to be named where others are',
      { rules: { ...two.rules, approvers: { roles: ['org_admin'], users: ['linus'] } } },
      'approval_not_named',
    ],
    ['to a request of version 1 is none', { statementVersion: 1 }, 'approval_statement_version'],
    ['against one of version 1 is fine', { statementVersion: 1, decision: 'deny' }, null],
  ])('%s', (_name, change, expected) => {
    expect(refuseDecision({ ...two, ...change })).toBe(expected);
  });
});

describe('breaking the glass', () => {
  const allowed = { ...rules, quorum: 3, breakGlass: true };
  const alone = { ...facts, decision: 'break_glass' as const, rules: allowed };

  it.each<[string, Partial<DecisionFacts>, string | null]>([
    ['is one person’s where it was allowed', {}, null],
    ['is whoever asked’s, too', { requester: grace }, null],
    ['is nobody’s where it wasn’t', { rules }, 'break_glass_not_allowed'],
    ['is not a viewer’s', { role: 'viewer' }, 'break_glass_not_allowed'],
    ['is not whoever allowed it’s', { breakGlassAllowedBy: 'grace' }, 'break_glass_own_allowance'],
    [
      'is not of a session in the other side’s hands',
      { reviewer: by('grace', 'page_link', 'ada') },
      'approval_issuers_request',
    ],
    [
      'is no less proven than any yes',
      {
        rules: { ...allowed, proof: { requester: 'proven', approver: 'proven' } },
        reviewer: by('grace', 'invitation', 'linus'),
      },
      'approval_second_person_not_proven',
    ],
  ])('%s', (_name, change, expected) => {
    expect(refuseDecision({ ...alone, ...change })).toBe(expected);
  });
});

describe('a review of what one decided alone', () => {
  const review: ReviewFacts = {
    breakGlass: true,
    reviewed: false,
    decider: grace,
    requester: ada,
    reviewer: by('linus'),
    posture: 'prod',
    provenRequired: false,
  };

  it.each<[string, Partial<ReviewFacts>, string | null]>([
    ['is a second person’s', {}, null],
    ['is not the decider’s', { reviewer: grace }, 'break_glass_own_review'],
    ['is not the requester’s', { reviewer: ada }, 'break_glass_own_review'],
    ['is written once', { reviewed: true }, 'break_glass_reviewed'],
    ['is of nothing else', { breakGlass: false }, 'break_glass_not_used'],
    [
      'is not of a session in the decider’s hands',
      { reviewer: by('linus', 'page_link', 'grace') },
      'approval_same_hands',
    ],
    [
      'is a proven person’s where those are required',
      { provenRequired: true, reviewer: by('linus', 'invitation', 'boss') },
      'approval_second_person_not_proven',
    ],
  ])('%s', (_name, change, expected) => {
    expect(refuseReview({ ...review, ...change })).toBe(expected);
  });
});

describe('a revocation', () => {
  const granted: RevocationFacts = {
    state: 'approved',
    underWay: true,
    inForce: true,
    saidYes: false,
    administers: false,
  };
  const NOTHING = 'approval_nothing_to_revoke';

  it.each<[string, Partial<RevocationFacts>, string | null]>([
    ['is of who said yes', { saidYes: true }, null],
    ['is of who administers', { administers: true }, null],
    ['is nobody else’s', {}, 'approval_not_yours_to_revoke'],
    ['of a yes is its giver’s while others decide', { state: 'pending', saidYes: true }, null],
    ['of nobody’s yes is none', { state: 'pending', administers: true }, NOTHING],
    ['of what is active keeps it from what comes', { underWay: false, administers: true }, null],
    ['of what is over is none', { underWay: false, inForce: false, administers: true }, NOTHING],
    ['of what was denied is none', { state: 'denied', saidYes: true }, NOTHING],
  ])('%s', (_name, change, expected) => {
    expect(refuseRevocation({ ...granted, ...change })).toBe(expected);
  });
});
