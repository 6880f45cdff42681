import { describe, expect, it } from 'vitest';
import { actionsOf, tryNowOf, type ActionFacts, type ActionName } from './actions.ts';
import { DEPLOYMENT_STATES } from './machine.ts';

type Agent = ActionFacts['agents'][number];
const agent = (name: string, change: Partial<Agent> = {}): Agent => ({
  name,
  took: true,
  runs: true,
  wanted: true,
  ended: false,
  instead: null,
  ...change,
});
/** Told, and not there yet. */
const coming = (name: string, change: Partial<Agent> = {}) =>
  agent(name, { took: false, runs: false, ...change });

/** It runs on its only agent, and one was proven before it. */
const facts = (change: Partial<ActionFacts> = {}): ActionFacts => ({
  name: 'orders v14',
  environment: 'production',
  slot: 'orders',
  state: 'active',
  mayOperate: true,
  current: true,
  left: false,
  slotStopped: false,
  slotWanted: true,
  paused: false,
  stepsLeft: false,
  agents: [agent('berlin')],
  rollsBack: false,
  rollbackAsked: false,
  target: { name: 'v12', grant: { kind: 'policy' } },
  again: { kind: 'policy' },
  ...change,
});

const NAMES = [
  'rollBack',
  'goOn',
  'leave',
  'abort',
  'withdraw',
  'stop',
  'resume',
  'promote',
] as const;
/** The code of each refusal in the order of {@link NAMES}; `-` where it is allowed. */
const codes = (change: Partial<ActionFacts>) => {
  const actions = actionsOf(facts(change));
  return NAMES.map((name) => actions[name].why?.code ?? '-');
};
const codeOf = (name: ActionName, change: Partial<ActionFacts>) =>
  actionsOf(facts(change))[name].why?.code ?? '-';

describe('what can be done, by the state alone', () => {
  const TOO_EARLY = 'deployment_not_shipped';
  const OVER = 'deployment_not_current';
  const NOT_WAITING = 'deployment_not_waiting';
  const NOT_COMING = 'deployment_not_on_the_way';
  const NOTHING = ['nothing_to_go_on_with', 'nothing_to_leave'];
  const SLOT = ['-', 'slot_not_stopped', '-'];
  const over = [OVER, ...NOTHING, NOT_COMING, NOT_WAITING, ...SLOT];
  const table: Record<(typeof DEPLOYMENT_STATES)[number], string[]> = {
    pending_approval: [TOO_EARLY, ...NOTHING, TOO_EARLY, '-', ...SLOT],
    approved: [TOO_EARLY, ...NOTHING, TOO_EARLY, '-', ...SLOT],
    building: [TOO_EARLY, ...NOTHING, '-', 'deployment_on_the_way', ...SLOT],
    deploying: [
      '-',
      'rollout_not_paused',
      'nothing_to_leave',
      '-',
      'deployment_on_the_way',
      ...SLOT,
    ],
    active: ['-', ...NOTHING, NOT_COMING, NOT_WAITING, ...SLOT],
    failed: ['-', '-', '-', NOT_COMING, NOT_WAITING, ...SLOT],
    rolling_back: ['rollback_under_way', ...NOTHING, NOT_COMING, NOT_WAITING, ...SLOT],
    rolled_back: over,
    denied: over,
    withdrawn: over,
  };

  it.each(DEPLOYMENT_STATES)('%s', (state) => {
    // What is on its way was proved by nobody yet.
    const onTheWay = state === 'building' || state === 'deploying';
    const agents = onTheWay ? [coming('berlin')] : [agent('berlin')];
    expect(codes({ state, agents })).toEqual(table[state]);
  });

  it('is nothing for somebody who may only look, and the reason is the role', () => {
    for (const state of DEPLOYMENT_STATES) {
      const denied = codes({ state, mayOperate: false });
      expect(denied, state).toEqual(NAMES.map(() => 'permission_denied'));
    }
  });

  it('is told with every action as a sentence, allowed or not', () => {
    for (const state of DEPLOYMENT_STATES) {
      for (const { will } of Object.values(actionsOf(facts({ state })))) {
        expect(will).toMatch(/^([A-Z]|orders v14 ).*\.$/);
      }
    }
  });
});

describe('what stands beside the state', () => {
  const rows: [string, ActionName, Partial<ActionFacts>, string][] = [
    ['something newer took its place', 'rollBack', { current: false }, 'deployment_not_current'],
    ['one was asked for', 'rollBack', { rollbackAsked: true }, 'rollback_under_way'],
    ['nothing was ever proven', 'rollBack', { target: null }, 'nothing_proven'],
    [
      'it failed before an agent took it',
      'rollBack',
      { state: 'failed', agents: [coming('berlin', { wanted: false })] },
      'nothing_to_roll_back',
    ],
    [
      'it failed and an agent is still told to run it',
      'rollBack',
      { state: 'failed', agents: [coming('berlin')] },
      '-',
    ],
    ['paused with steps left', 'goOn', { state: 'deploying', paused: true, stepsLeft: true }, '-'],
    ['paused at the last step', 'goOn', { state: 'deploying', paused: true }, 'no_step_left'],
    ['paused', 'leave', { state: 'deploying', paused: true }, '-'],
    [
      'active, and an agent gave it up',
      'goOn',
      { agents: [agent('berlin'), agent('madrid', { runs: false, ended: true })] },
      '-',
    ],
    [
      'active, and an agent is down but tries',
      'goOn',
      { agents: [agent('berlin', { runs: false })] },
      'nothing_to_go_on_with',
    ],
    ['failed and displaced', 'goOn', { state: 'failed', current: false }, 'deployment_not_current'],
    ['failed and left already', 'leave', { state: 'failed', left: true }, 'nothing_to_leave'],
    [
      'deploying, and an agent took it',
      'abort',
      { state: 'deploying', agents: [agent('berlin'), coming('madrid')] },
      'agents_took_it',
    ],
    [
      'a roll back under way',
      'abort',
      { state: 'deploying', rollsBack: true, agents: [coming('berlin')] },
      'rollback_goes_on',
    ],
    [
      'a roll back that is being built',
      'abort',
      { state: 'building', rollsBack: true, agents: [coming('berlin')] },
      '-',
    ],
    ['the slot is stopped', 'stop', { slotStopped: true }, 'slot_stopped'],
    ['the slot is stopped', 'resume', { slotStopped: true }, '-'],
    ['nothing is wanted in the slot', 'stop', { slotWanted: false }, 'slot_empty'],
  ];
  it.each(rows)('%s: %s', (_, name, change, code) => {
    expect(codeOf(name, change)).toBe(code);
  });
});

describe('what it will do', () => {
  const will = (name: ActionName, change: Partial<ActionFacts>) =>
    actionsOf(facts(change))[name].will;

  it('names who stays on which version where it is left', () => {
    const agents = [agent('berlin'), coming('madrid', { instead: 12 })];
    const state = 'deploying';
    expect(will('leave', { state, agents })).toBe(
      'orders v14 stays on berlin; madrid stays on v12. Nothing more is tried.',
    );
    expect(will('leave', { state, agents: [...agents, coming('paris', { instead: 11 })] })).toBe(
      'orders v14 stays on berlin; madrid and paris stay on what ran before. Nothing more is tried.',
    );
    expect(will('leave', { state, agents: [coming('madrid')] })).toBe(
      'No agent runs orders v14; madrid stays on what ran before. Nothing more is tried.',
    );
  });

  it('says how a roll back comes to be approved', () => {
    const of = (grant: NonNullable<ActionFacts['target']>['grant']) =>
      will('rollBack', { target: { name: 'v12', grant } });
    expect(of({ kind: 'carried', approvedBy: 'Mira' })).toContain('The approval by Mira');
    expect(of({ kind: 'policy' })).toContain('The policy of the environment approves it.');
    expect(of({ kind: 'asked' })).toContain('the request is marked as urgent');
  });
});

describe('trying now', () => {
  const waits = {
    mayOperate: true,
    agent: 'berlin',
    online: true,
    wanted: true,
    nextTryAt: new Date(0),
  };
  it.each([
    ['an agent waits', {}, null],
    ['somebody may only look', { mayOperate: false }, 'permission_denied'],
    ['nothing is due', { nextTryAt: null }, 'agent_not_waiting'],
    ['nobody wants it there any more', { wanted: false }, 'agent_not_waiting'],
    ['the agent is silent', { online: false }, 'agent_silent'],
  ] as const)('%s', (_, change, code) => {
    expect(tryNowOf({ ...waits, ...change }).why?.code ?? null).toBe(code);
  });
});
