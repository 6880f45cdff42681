/**
 * What can be done with a deployment and its slot where they stand: whether, why not, and what it will
 * do. The page shows it, and the operations refuse by the same rule.
 */
import { isInFlight, type DeploymentState } from './machine.ts';

export type ActionName =
  'rollBack' | 'goOn' | 'leave' | 'abort' | 'withdraw' | 'stop' | 'resume' | 'promote';

export interface Why {
  code: string;
  message: string;
}

export interface Action {
  allowed: boolean;
  /** Why not; null where it is allowed. */
  why: Why | null;
  /** What it will do, as a sentence. */
  will: string;
}

/** How a further deployment of the same digest comes to be approved. */
export type Grant =
  | { kind: 'carried'; approvedBy: string }
  | { kind: 'policy' }
  /** Somebody has to decide anew. */
  | { kind: 'asked' };

export interface ActionFacts {
  /** `orders v14` */
  name: string;
  environment: string;
  slot: string;
  state: DeploymentState;
  mayOperate: boolean;
  /** Nothing newer took its place on all of its agents. */
  current: boolean;
  /** A person left it as it is already. */
  left: boolean;
  slotStopped: boolean;
  /** Something is desired in the slot, of this deployment or another. */
  slotWanted: boolean;
  /** An agent is in trouble, and further steps wait. */
  paused: boolean;
  /** Steps of the rollout have still to begin. */
  stepsLeft: boolean;
  agents: readonly {
    name: string;
    /** It proved it. */
    took: boolean;
    /** It runs it now. */
    runs: boolean;
    /** It is wanted to run it. */
    wanted: boolean;
    /** Nothing more is tried by the agent itself. */
    ended: boolean;
    /** The version of the slot that it proves to run in place of this one, if it does. */
    instead: number | null;
  }[];
  /** It rolls back another one, which is on its way out. */
  rollsBack: boolean;
  /** A roll back of it was asked for, and didn't end yet. */
  rollbackAsked: boolean;
  /** What a roll back restores unless another one is chosen: `v12`; null where nothing was proven. */
  target: { name: string; grant: Grant } | null;
  /** For asking for the same again. */
  again: Grant;
}

const DENIED: Why = {
  code: 'permission_denied',
  message: "Your role doesn't include OperateEnvironment here.",
};

export function actionsOf(facts: ActionFacts): Record<ActionName, Action> {
  const rules: Record<ActionName, { why: Why | null; will: string }> = {
    rollBack: { why: noRollBack(facts), will: rollBackWill(facts) },
    goOn: { why: noGoOn(facts), will: goOnWill(facts) },
    leave: { why: noLeave(facts), will: leaveWill(facts) },
    abort: { why: noAbort(facts), will: abortWill(facts) },
    withdraw: {
      why: noWithdraw(facts),
      will: `Takes the request for ${facts.name} back. Nothing that runs changes.`,
    },
    stop: {
      why: noStop(facts),
      will: `Ends what runs in the slot ${facts.slot} in ${facts.environment}, on all its agents with their next heartbeat. Nothing takes its place until the slot is resumed.`,
    },
    resume: {
      why: noResume(facts),
      will: `What was wanted in the slot ${facts.slot} when it was stopped is wanted again, under the same approval and epoch.`,
    },
    promote: {
      why: null,
      will: `Makes ${facts.name} a version of another environment, with the same spec hash. Nothing is deployed by it.`,
    },
  };
  const action = ({ why, will }: { why: Why | null; will: string }): Action => {
    const not = facts.mayOperate ? why : DENIED;
    return { allowed: not === null, why: not, will };
  };
  return {
    rollBack: action(rules.rollBack),
    goOn: action(rules.goOn),
    leave: action(rules.leave),
    abort: action(rules.abort),
    withdraw: action(rules.withdraw),
    stop: action(rules.stop),
    resume: action(rules.resume),
    promote: action(rules.promote),
  };
}

const why = (code: string, message: string): Why => ({ code, message });

function noRollBack(facts: ActionFacts): Why | null {
  const { state, name } = facts;
  if (state === 'rolling_back') {
    return why('rollback_under_way', `${name} is being rolled back already.`);
  }
  if (!['active', 'failed', 'deploying'].includes(state)) {
    return isInFlight(state)
      ? why('deployment_not_shipped', `No agent was told to run ${name} yet; take it back instead.`)
      : why('deployment_not_current', `${name} ended: nothing of it is left to roll back.`);
  }
  if (!facts.current) {
    return why(
      'deployment_not_current',
      `Another deployment took the place of ${name}; roll that one back.`,
    );
  }
  if (state === 'failed' && !facts.agents.some((agent) => agent.took || agent.wanted)) {
    return why('nothing_to_roll_back', `No agent runs ${name}: what ran before runs still.`);
  }
  if (facts.rollbackAsked) {
    return why('rollback_under_way', `A roll back of ${name} was asked for already.`);
  }
  if (!facts.target) {
    return why('nothing_proven', `No other version was ever proven in the slot ${facts.slot}.`);
  }
  return null;
}

function rollBackWill({ name, target, agents, environment }: ActionFacts): string {
  if (!target) return `Runs a version that was proven before instead of ${name}.`;
  return `Runs ${target.name} again instead of ${name}, on ${count(agents.length, 'agent')} at once in ${environment}, as a deployment of its own with a new epoch. ${granted(target.grant)} Nothing undoes it by itself.`;
}

function granted(grant: Grant): string {
  switch (grant.kind) {
    case 'carried':
      return `The approval by ${grant.approvedBy} is for exactly this, and still good.`;
    case 'policy':
      return 'The policy of the environment approves it.';
    case 'asked':
      return 'Somebody has to approve it first; the request is marked as urgent.';
  }
}

const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
const names = (
  agents: ActionFacts['agents'],
  which: (agent: ActionFacts['agents'][number]) => boolean,
) => agents.filter(which).map((agent) => agent.name);
const list = (all: readonly string[]): string =>
  all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`;

/** Agents that won't come to it by themselves. */
const given = (facts: ActionFacts) =>
  facts.agents.some((agent) => agent.wanted && !agent.runs && agent.ended);

function noGoOn(facts: ActionFacts): Why | null {
  const { state, name } = facts;
  if (state === 'deploying') {
    if (!facts.paused)
      return why('rollout_not_paused', `The rollout of ${name} goes on by itself.`);
    return facts.stepsLeft
      ? null
      : why('no_step_left', `All agents were told to run ${name}; nothing waits to begin.`);
  }
  const again = state === 'failed' || (state === 'active' && given(facts));
  if (!again) return why('nothing_to_go_on_with', `Nothing of ${name} waits for a person.`);
  return facts.current
    ? null
    : why('deployment_not_current', `Another deployment took the place of ${name}.`);
}

function goOnWill(facts: ActionFacts): string {
  return facts.state === 'deploying'
    ? 'The next step begins without waiting for the agents that are in trouble; they go on trying.'
    : `Asks for the same again, with a new epoch, on ${count(facts.agents.length, 'agent')}. ${granted(facts.again)}`;
}

function noLeave(facts: ActionFacts): Why | null {
  if (facts.state === 'deploying' && facts.paused) return null;
  if (facts.state === 'failed' && facts.current && !facts.left) return null;
  return why('nothing_to_leave', `Nothing of ${facts.name} waits for a person.`);
}

function leaveWill(facts: ActionFacts): string {
  const on = names(facts.agents, (agent) => agent.took);
  const left = facts.agents.filter((agent) => !agent.took);
  const off = left.map((agent) => agent.name);
  const versions = [...new Set(left.map((agent) => agent.instead))];
  const [version] = versions;
  const before = versions.length === 1 && version != null ? `v${version}` : 'what ran before';
  const stays =
    on.length > 0 ? `${facts.name} stays on ${list(on)}` : `No agent runs ${facts.name}`;
  const rest =
    off.length > 0 ? `; ${list(off)} ${off.length === 1 ? 'stays' : 'stay'} on ${before}` : '';
  return `${stays}${rest}. Nothing more is tried.`;
}

function noAbort(facts: ActionFacts): Why | null {
  const { state, name } = facts;
  if (state !== 'building' && state !== 'deploying') {
    return isInFlight(state) && state !== 'rolling_back'
      ? why('deployment_not_shipped', `${name} isn't being built yet; withdraw the request.`)
      : why('deployment_not_on_the_way', `${name} isn't on its way to its agents.`);
  }
  const took = names(facts.agents, (agent) => agent.took);
  if (took.length > 0) {
    return why(
      'agents_took_it',
      `${list(took)} ${took.length === 1 ? 'runs' : 'run'} ${name} already: roll back, or leave it.`,
    );
  }
  if (facts.rollsBack && state === 'deploying') {
    return why(
      'rollback_goes_on',
      'A roll back under way is not taken back: roll back to another version, or stop the slot.',
    );
  }
  return null;
}

function abortWill({ name, state }: ActionFacts): string {
  return state === 'deploying'
    ? `Takes ${name} back before an agent proved it. Its agents go on with what ran before, and the approval is revoked.`
    : `Takes ${name} back before an agent hears of it. Nothing that runs changes, and the approval is revoked.`;
}

function noWithdraw({ state, name }: ActionFacts): Why | null {
  if (state === 'pending_approval' || state === 'approved') return null;
  return state === 'building' || state === 'deploying'
    ? why('deployment_on_the_way', `${name} is on its way already: abort it.`)
    : why('deployment_not_waiting', `Nothing of ${name} waits any more.`);
}

function noStop({ slotStopped, slotWanted, slot }: ActionFacts): Why | null {
  if (slotStopped) return why('slot_stopped', `The slot ${slot} is stopped already.`);
  return slotWanted ? null : why('slot_empty', `Nothing is wanted in the slot ${slot}.`);
}

function noResume({ slotStopped, slot }: ActionFacts): Why | null {
  return slotStopped ? null : why('slot_not_stopped', `The slot ${slot} isn't stopped.`);
}

/** Whether an agent's wait on its ladder can be skipped. */
export function tryNowOf(facts: {
  mayOperate: boolean;
  agent: string;
  online: boolean;
  wanted: boolean;
  nextTryAt: Date | null;
}): Action {
  const { agent } = facts;
  const will = `${agent} tries again with its next heartbeat. It counts as the next of its tries.`;
  const not = !facts.mayOperate
    ? DENIED
    : !facts.wanted || !facts.nextTryAt
      ? why('agent_not_waiting', `${agent} doesn't wait for a further try.`)
      : facts.online
        ? null
        : why('agent_silent', `${agent} isn't heard, so it can't be told.`);
  return { allowed: not === null, why: not, will };
}
