/**
 * Whether what was approved runs: a pure function of what the agents proved, and of the time. The
 * deployment's state says what was decided; this stands beside it and never follows from it.
 */
import { agentStatus, OFFLINE_AFTER_MILLIS } from '../agents/status.ts';
import type { AttemptPhase } from '../agents/phases.ts';
import type { PeerDown } from './peers.ts';
import type { PressedLane } from './pressure.ts';

/** `fallback` stands by while a newer deployment of the slot is tried. */
export type DesiredState = 'run' | 'fallback' | 'stop';

/** What is known of one agent's part of a deployment; instants are the server's, from heartbeats. */
export interface PartFacts {
  agentId: string;
  agentName: string;
  lastHeartbeatAt: Date | null;
  decommissionedAt: Date | null;
  desired: DesiredState | null;
  desiredAt: Date | null;
  /** Start of the process that the last heartbeat proved. */
  runningSince: Date | null;
  /** When a heartbeat last said that it runs, or first said that it doesn't; null: none said either yet. */
  runningReportedAt: Date | null;
  /** A bounded input came to its end; nothing is left to run. */
  finishedAt: Date | null;
  attempt: {
    phase: AttemptPhase;
    code: string | null;
    message: string | null;
    at: Date | null;
    tries: number;
    nextTryAt: Date | null;
  } | null;
  lastWords: readonly string[];
  /** It had proved this one, and proves another in the slot: its disk is an older one. */
  drift: { epoch: number; since: Date } | null;
  /** Lanes that stand full for long, or discard, at the last snapshot. */
  pressed: readonly PressedLane[];
  /** Where its records come from, or go, and doesn't answer; at the last heartbeat. */
  peers?: readonly PeerDown[];
}

/** What kept it from running: four ways to go wrong, a crash, silence about it, and another one in its place. */
type TroubleKind =
  'refused' | 'retrying' | 'fell_back' | 'failed' | 'crashed' | 'stopped' | 'drifted';

/** What one agent proves of its part. */
export type Proof =
  | { kind: 'running'; since: Date }
  | { kind: 'finished'; since: Date }
  /** It is on its way and nothing went wrong so far. */
  | { kind: 'starting'; since: Date | null }
  /** A newer deployment of the slot is tried; this one comes back if that one fails. */
  | { kind: 'standing_by' }
  | {
      kind: 'not_running';
      since: Date | null;
      trouble: TroubleKind;
      code: string | null;
      message: string | null;
      tries: number;
      nextTryAt: Date | null;
    }
  /** The agent is silent: what it last proved may still be so, and nobody knows. */
  | {
      kind: 'unproved';
      since: Date | null;
      why: 'offline' | 'never_seen' | 'decommissioned';
      /** It ran when the agent was last heard. */
      ran: boolean;
    }
  /** It isn't wanted here, and was last proved to run all the same. */
  | { kind: 'stopping'; since: Date | null }
  | { kind: 'not_wanted' };

/** Phases with which an attempt is over or set back. */
const TROUBLES: Partial<Record<AttemptPhase, TroubleKind>> = {
  refused: 'refused',
  retrying: 'retrying',
  fell_back: 'fell_back',
  failed: 'failed',
};

export function proofOf(facts: PartFacts, now: Date): Proof {
  const status = agentStatus(facts, now);
  if (facts.desired !== 'run' && facts.desired !== 'fallback') {
    return facts.runningSince
      ? { kind: 'stopping', since: facts.desiredAt }
      : { kind: 'not_wanted' };
  }
  // An end stays an end, also when the agent is silent afterwards.
  if (facts.finishedAt) return { kind: 'finished', since: facts.finishedAt };
  if (status !== 'online') {
    return {
      kind: 'unproved',
      since: facts.lastHeartbeatAt,
      why: status,
      ran: facts.runningSince !== null,
    };
  }
  if (facts.runningSince) return { kind: 'running', since: facts.runningSince };
  if (facts.desired === 'fallback') return { kind: 'standing_by' };
  const { attempt, drift } = facts;
  if (drift) {
    // What keeps it from coming back, as far as the agent said it since.
    const kept = attempt && TROUBLES[attempt.phase] ? attempt : null;
    return {
      kind: 'not_running',
      since: drift.since,
      trouble: 'drifted',
      code: kept?.code ?? null,
      message: kept?.message ?? null,
      tries: kept?.tries ?? 0,
      nextTryAt: kept?.nextTryAt ?? null,
    };
  }
  if (!attempt) return { kind: 'starting', since: facts.desiredAt };
  const crashed = attempt.phase === 'starting' && attempt.code !== null;
  // That it is active is told at once, that it runs by the heartbeat after it.
  const stopped = attempt.phase === 'active' && facts.runningReportedAt !== null;
  const trouble = TROUBLES[attempt.phase] ?? (crashed ? 'crashed' : stopped ? 'stopped' : null);
  if (!trouble) return { kind: 'starting', since: attempt.at };
  return {
    kind: 'not_running',
    since: facts.runningReportedAt ?? attempt.at,
    trouble,
    code: trouble === 'stopped' ? null : attempt.code,
    message: trouble === 'stopped' ? null : attempt.message,
    tries: attempt.tries,
    nextTryAt: attempt.nextTryAt,
  };
}

export const HEALTH_KINDS = [
  'running',
  /** All that should run does, and records can't go on somewhere in it, or to it or from it. */
  'strained',
  'finished',
  'starting',
  'degraded',
  'not_running',
  'unproved',
  'standing_by',
  'stopping',
] as const;
export type HealthKind = (typeof HEALTH_KINDS)[number];

/** One agent that doesn't prove what is wanted of it. */
export interface Trouble {
  agentId: string;
  agentName: string;
  kind: TroubleKind | 'unproved';
  since: Date | null;
  code: string | null;
  message: string | null;
  tries: number;
  /** The next automatic step; null where there is none. */
  nextTryAt: Date | null;
  lastWords: readonly string[];
}

/** A lane of an agent that proves to run it. */
export interface Pressure extends PressedLane {
  agentId: string;
  agentName: string;
}

/** A peer of an agent that proves to run it. */
interface DownAt extends PeerDown {
  agentId: string;
  agentName: string;
}

export interface Health {
  kind: HealthKind;
  /** Agents that prove it to run, and those that are wanted to; ended ones count as neither's lack. */
  running: number;
  finished: number;
  of: number;
  /** Who was last heard to run it; one that isn't wanted to is on its way out. A silent one proves nothing. */
  runsOn: { agentId: string; agentName: string; wanted: boolean }[];
  /** Since when nothing runs, or nothing is proved. */
  since: Date | null;
  troubles: Trouble[];
  /** Where records can't go on, of the agents that prove to run it. */
  pressures: Pressure[];
  /** Peers that don't answer those. */
  peers: DownAt[];
}

const latest = (instants: readonly (Date | null)[]): Date | null =>
  instants.reduce((newest, at) => (at && (!newest || at > newest) ? at : newest), null);

/** The health of a deployment; null where nothing is wanted to run, and nothing does. */
export function healthOf(parts: readonly PartFacts[], now: Date): Health | null {
  const proofs = parts.map((part) => ({ part, proof: proofOf(part, now) }));
  const of = (kind: Proof['kind']) => proofs.filter(({ proof }) => proof.kind === kind);
  const troubled = [...of('not_running'), ...of('unproved')];
  const wanted = proofs.filter(
    ({ proof }) => !['not_wanted', 'stopping', 'standing_by'].includes(proof.kind),
  );
  const base = {
    running: of('running').length,
    finished: of('finished').length,
    of: wanted.length,
    runsOn: proofs.flatMap(({ part: { agentId, agentName }, proof: { kind } }) =>
      kind === 'running' || kind === 'stopping'
        ? [{ agentId, agentName, wanted: kind === 'running' }]
        : [],
    ),
    since: null,
    troubles: troubled.map(({ part, proof }) => troubleOf(part, proof)),
    pressures: of('running').flatMap(({ part: { agentId, agentName, pressed } }) =>
      pressed.map((lane) => ({ ...lane, agentId, agentName })),
    ),
    peers: of('running').flatMap(({ part: { agentId, agentName, peers = [] } }) =>
      peers.map((peer) => ({ ...peer, agentId, agentName })),
    ),
  };
  if (wanted.length === 0) {
    if (of('stopping').length > 0) {
      const since = latest(of('stopping').map(({ part }) => part.desiredAt));
      return { ...base, kind: 'stopping', running: of('stopping').length, since };
    }
    return of('standing_by').length > 0 ? { ...base, kind: 'standing_by' } : null;
  }
  if (troubled.length === 0) {
    if (of('starting').length > 0) {
      const since = latest(
        of('starting').map(({ proof }) => ('since' in proof ? proof.since : null)),
      );
      return { ...base, kind: 'starting', since };
    }
    if (base.pressures.length + base.peers.length > 0) return { ...base, kind: 'strained' };
    return { ...base, kind: base.running > 0 ? 'running' : 'finished' };
  }
  const none = base.running + base.finished === 0;
  const since = latest(base.troubles.map((trouble) => trouble.since));
  if (none && of('unproved').length === 0) return { ...base, kind: 'not_running', since };
  if (none && of('not_running').length === 0) return { ...base, kind: 'unproved', since };
  return { ...base, kind: 'degraded', since };
}

function troubleOf(part: PartFacts, proof: Proof): Trouble {
  const base = {
    agentId: part.agentId,
    agentName: part.agentName,
    since: 'since' in proof ? proof.since : null,
    lastWords: part.lastWords,
  };
  if (proof.kind === 'not_running') {
    const { code, message, tries, nextTryAt } = proof;
    return { ...base, kind: proof.trouble, code, message, tries, nextTryAt };
  }
  return { ...base, kind: 'unproved', code: null, message: null, tries: 0, nextTryAt: null };
}

/** Health from an instant on, if no agent is heard again. */
interface HealthFrom {
  from: Date;
  health: Health | null;
}

/**
 * Health now and at each later instant at which silence alone changes it, so that a page needs a
 * clock and no rule of its own. The first entry is from `now`.
 */
export function healthOverTime(parts: readonly PartFacts[], now: Date): HealthFrom[] {
  const turns = parts
    .flatMap((part) => (part.lastHeartbeatAt ? [part.lastHeartbeatAt] : []))
    .map((at) => at.getTime() + OFFLINE_AFTER_MILLIS + 1)
    .filter((at) => at > now.getTime());
  return [now.getTime(), ...[...new Set(turns)].sort((a, b) => a - b)].map((at) => ({
    from: new Date(at),
    health: healthOf(parts, new Date(at)),
  }));
}
