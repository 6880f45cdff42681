/** Whatever the order of events: too few persons approve nothing, and what was refused stays refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approvalAfter,
  refuseDecision,
  refuseRevocation,
  type ApprovalState,
  type DecisionFacts,
} from './machine.ts';
import { mayApprove, quorumMet, type ApprovalRules } from './rules.ts';
import { isProven } from '../identity/sessions.ts';
import type { Role } from '../permissions/roles.ts';
import type { Presence } from './second-person.ts';

const PEOPLE = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay'];
const WINDOW = new Date(1000);

const person = fc.constantFrom(...PEOPLE);
/** How somebody came in: proven, or by a link that somebody (perhaps of the others) was shown. */
const presence = fc
  .record({
    userId: person,
    method: fc.constantFrom('host_link' as const, 'page_link' as const, 'invitation' as const),
    shownTo: fc.uniqueArray(person, { minLength: 1, maxLength: 2 }),
  })
  .map((one): Presence => (one.method === 'host_link' ? { ...one, shownTo: [] } : one));
const role = fc.constantFrom<Role | null>('org_admin', 'project_admin', 'operator', 'viewer', null);
const proof = fc.constantFrom('session' as const, 'proven' as const);
const rules: fc.Arbitrary<ApprovalRules> = fc.record({
  selfApproval: fc.boolean(),
  quorum: fc.integer({ min: 1, max: 5 }),
  approvers: fc.record({
    roles: fc.uniqueArray(
      fc.constantFrom('org_admin' as const, 'project_admin' as const, 'operator' as const),
    ),
    users: fc.uniqueArray(person, { maxLength: 3 }),
  }),
  proof: fc.record({ requester: proof, approver: proof }),
  breakGlass: fc.boolean(),
});

const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('approve' as const), by: presence, role }),
  },
  fc.record({ kind: fc.constantFrom('deny' as const, 'break_glass' as const), by: presence, role }),
  fc.record({ kind: fc.constant('take_back' as const), by: presence, role }),
  /** Somebody's role is another one from now on. */
  fc.record({ kind: fc.constant('role' as const), by: presence, role }),
  fc.record({
    kind: fc.constantFrom('window_passed' as const, 'withdraw' as const, 'revoke' as const),
    by: presence,
    role,
  }),
);
type Happening = typeof event extends fc.Arbitrary<infer T> ? T : never;

interface Model {
  state: ApprovalState;
  yeses: Presence[];
  alone: Presence | null;
  roles: Map<string, Role | null>;
}

interface World {
  rules: ApprovalRules;
  requester: Presence;
  posture: 'staging' | 'prod';
  allowedBy: string | null;
}

/** One event, by the very functions that the operations ask. */
function after(model: Model, happened: Happening, world: World): Model {
  const { by, kind } = happened;
  const roles = new Map(model.roles).set(by.userId, happened.role);
  const now = { ...model, roles };
  const counting = model.yeses.filter(({ userId }) =>
    mayApprove(world.rules, userId, roles.get(userId) ?? null),
  );
  const facts: Omit<DecisionFacts, 'decision'> = {
    state: model.state,
    statementVersion: 2,
    digest: 'd',
    seenDigest: 'd',
    requester: world.requester,
    reviewer: by,
    role: happened.role,
    yeses: counting,
    authors: [],
    posture: world.posture,
    rules: world.rules,
    breakGlassAllowedBy: world.allowedBy,
    now: new Date(0),
    expiresAt: WINDOW,
  };
  const moved = (on: Parameters<typeof approvalAfter>[1]): Model => ({
    ...now,
    state: approvalAfter(model.state, on) ?? model.state,
  });
  switch (kind) {
    case 'role':
      return now;
    case 'approve': {
      if (refuseDecision({ ...facts, decision: 'approve' })) return now;
      const yeses = [...counting, by];
      const met = quorumMet(
        world.rules,
        yeses.map(({ userId }) => userId),
      );
      return met ? { ...moved('approve'), yeses } : { ...now, yeses };
    }
    case 'break_glass':
      if (refuseDecision({ ...facts, decision: 'break_glass' })) return now;
      return { ...moved('approve'), alone: by };
    case 'deny':
      return refuseDecision({ ...facts, decision: 'deny' }) ? now : moved('deny');
    case 'take_back': {
      const saidYes = model.yeses.some(({ userId }) => userId === by.userId);
      const refusal = refuseRevocation({
        state: model.state,
        underWay: true,
        inForce: true,
        saidYes,
        administers: false,
      });
      if (refusal) return now;
      return model.state === 'pending'
        ? { ...now, yeses: model.yeses.filter(({ userId }) => userId !== by.userId) }
        : moved('withdraw_grant');
    }
    case 'revoke':
      return moved('withdraw_grant');
    default:
      return moved(kind);
  }
}

const world = fc.record({
  rules,
  requester: presence,
  posture: fc.constantFrom('staging' as const, 'prod' as const),
  allowedBy: fc.option(person, { nil: null }),
});
const START: Model = { state: 'pending', yeses: [], alone: null, roles: new Map() };

/** Every state on the way. */
function walk(events: readonly Happening[], about: World): Model[] {
  const models = [START];
  for (const happened of events) models.push(after(models.at(-1) ?? START, happened, about));
  return models;
}
const walks = fc.tuple(fc.array(event, { maxLength: 24 }), world);

describe('any order of events', () => {
  it('approves only by as many different persons as are asked for, each of whom may', () => {
    let approved = 0;
    fc.assert(
      fc.property(walks, ([events, about]) => {
        const models = walk(events, about);
        const at = models.findIndex(({ state }) => state === 'approved');
        const granted = models[at];
        if (!granted || granted.alone) return;
        approved += 1;
        const { yeses, roles } = granted;
        const { rules: asked, requester } = about;
        expect(new Set(yeses.map(({ userId }) => userId)).size).toBeGreaterThanOrEqual(
          asked.quorum,
        );
        for (const yes of yeses) {
          expect(mayApprove(asked, yes.userId, roles.get(yes.userId) ?? null)).toBe(true);
          if (asked.proof.approver === 'proven') expect(isProven(yes)).toBe(true);
          if (!asked.selfApproval) expect(yes.userId).not.toBe(requester.userId);
        }
      }),
      { numRuns: 2000 },
    );
    // The law isn't empty.
    expect(approved).toBeGreaterThan(50);
  });

  it('approves by one alone only where that was allowed, and never by who allowed it', () => {
    let broken = 0;
    fc.assert(
      fc.property(walks, ([events, about]) => {
        const alone = walk(events, about).find((model) => model.alone)?.alone;
        if (!alone) return;
        broken += 1;
        expect(about.rules.breakGlass).toBe(true);
        expect(alone.userId).not.toBe(about.allowedBy);
        if (about.rules.proof.approver === 'proven') expect(isProven(alone)).toBe(true);
      }),
      { numRuns: 4000 },
    );
    expect(broken).toBeGreaterThan(20);
  });

  it('approves nothing that was denied, expired, withdrawn or revoked', () => {
    const ended: ApprovalState[] = ['denied', 'expired', 'withdrawn', 'revoked'];
    fc.assert(
      fc.property(walks, ([events, about]) => {
        const states = walk(events, about).map(({ state }) => state);
        const end = states.findIndex((state) => ended.includes(state));
        if (end >= 0) expect(new Set(states.slice(end)).size).toBe(1);
      }),
      { numRuns: 1000 },
    );
  });

  it('counts nobody in prod together with who holds their session', () => {
    fc.assert(
      fc.property(walks, ([events, about]) => {
        if (about.posture !== 'prod') return;
        const granted = walk(events, about).find(({ state }) => state === 'approved');
        if (!granted || granted.alone) return;
        for (const one of granted.yeses) {
          for (const other of granted.yeses) {
            const held = one.method === 'page_link' && one.shownTo.includes(other.userId);
            expect(one.userId !== other.userId && held).toBe(false);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
