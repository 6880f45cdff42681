/**
 * How a deployment spreads over its agents: one first, then steps, each only after all before it
 * proved healthy for a while. What an agent tries by itself is part of it; trouble pauses it, and the
 * pause is a fact of the moment: it ends when the agent proves healthy, or a person decides.
 */
import { agentStatus } from '../agents/status.ts';
import { proofOf, type PartFacts } from './health.ts';

/** As the statement of a deployment binds them. */
export interface RolloutSteps {
  /** Agents of the first step. */
  first: number;
  /** Agents of each further step; 0: all that are left. */
  step: number;
  /** How long all before it have to be healthy until a step begins. */
  pauseSeconds: number;
}

/** All at once. */
export const AT_ONCE: RolloutSteps = { first: 0, step: 0, pauseSeconds: 0 };

/** The step of the agent at a place in their order, from 0. */
export function waveOf(place: number, { first, step }: RolloutSteps): number {
  if (first === 0 || place < first) return 0;
  return step === 0 ? 1 : 1 + Math.floor((place - first) / step);
}

/** The order in which agents take part: those that are heard first, then by their ids. */
export function inOrder<Agent extends Parameters<typeof agentStatus>[0] & { id: string }>(
  agents: readonly Agent[],
  now: Date,
): Agent[] {
  const silent = (agent: Agent) => (agentStatus(agent, now) === 'online' ? 0 : 1);
  return [...agents].sort((a, b) => silent(a) - silent(b) || (a.id < b.id ? -1 : 1));
}

export interface RolloutPart extends PartFacts {
  wave: number;
  confirmedAt: Date | null;
  failedAt: Date | null;
  /** A person had it go on without this agent. */
  passedOverAt: Date | null;
}

interface PauseCause {
  agentId: string;
  agentName: string;
  /** What the agent says (`E_…`), or `agent_silent`, `not_running`. */
  code: string;
  message: string | null;
  tries: number;
  nextTryAt: Date | null;
}

export interface Rollout {
  /** The step that is under way, from 1, of so many. */
  step: number;
  of: number;
  /** All of this step are healthy, and the next begins then; null: it doesn't wait for time. */
  waitsUntil: Date | null;
  /** An agent of this step or one before is in trouble: no further step begins. */
  paused: { since: Date | null; causes: PauseCause[] } | null;
  /** Agents that take part from now on. */
  next: string[];
}

/**
 * Where a deployment that is `deploying` stands, and who is to begin now. Whoever was decommissioned is
 * waited for no more. A person who goes on without an agent doesn't make it healthy: when all others are,
 * the rollout is paused by it, because it has no step left to go on with.
 */
export function rolloutOf(all: readonly RolloutPart[], steps: RolloutSteps, now: Date): Rollout {
  const parts = all.filter((part) => !part.decommissionedAt);
  const begun = parts.filter((part) => part.desired !== null);
  const current = begun.reduce((most, part) => Math.max(most, part.wave), -1);
  const last = parts.reduce((most, part) => Math.max(most, part.wave), 0);
  const base = { step: Math.max(current, 0) + 1, of: last + 1, waitsUntil: null, next: [] };
  if (current === -1) {
    return { ...base, paused: null, next: nextOf(parts) };
  }
  const awaited = begun.filter((part) => !part.passedOverAt);
  const paused = pausedBy(awaited, now);
  if (paused) return { ...base, paused };
  const healthy = awaited.map((part) => healthySince(part, now));
  if (healthy.some((since) => since === null)) return { ...base, paused: null };
  if (current === last) return { ...base, paused: pausedBy(begun, now) };
  const latest = Math.max(...healthy.map((since) => since?.getTime() ?? 0), 0);
  const waitsUntil = new Date(latest + steps.pauseSeconds * 1000);
  return now < waitsUntil
    ? { ...base, paused: null, waitsUntil }
    : { ...base, paused: null, next: nextOf(parts) };
}

function pausedBy(parts: readonly RolloutPart[], now: Date): Rollout['paused'] {
  const troubled = parts.flatMap((part) => causeOf(part, now) ?? []);
  if (troubled.length === 0) return null;
  const since = troubled.reduce<Date | null>(
    (first, one) => (one.since && (!first || one.since < first) ? one.since : first),
    null,
  );
  return { since, causes: troubled.map(({ cause }) => cause) };
}

/** The first step that hasn't begun; one whose agents are all gone is none. */
function nextOf(parts: readonly RolloutPart[]): string[] {
  const left = parts.filter((part) => part.desired === null);
  const wave = Math.min(...left.map((part) => part.wave));
  return left.filter((part) => part.wave === wave).map((part) => part.agentId);
}

/** Since when an agent proves it healthy; null: it doesn't. */
function healthySince(part: RolloutPart, now: Date): Date | null {
  if (!part.confirmedAt) return null;
  const proof = proofOf(part, now);
  if (proof.kind === 'finished') return part.confirmedAt;
  if (proof.kind !== 'running') return null;
  return proof.since > part.confirmedAt ? proof.since : part.confirmedAt;
}

/** What keeps an agent from proving it: nothing while it is on its way. */
function causeOf(part: RolloutPart, now: Date): { since: Date | null; cause: PauseCause } | null {
  const proof = proofOf(part, now);
  const cause = { agentId: part.agentId, agentName: part.agentName, tries: 0, nextTryAt: null };
  if (proof.kind === 'not_running') {
    return {
      since: proof.since,
      cause: {
        ...cause,
        code: proof.code ?? 'not_running',
        message: proof.message,
        tries: proof.tries,
        nextTryAt: proof.nextTryAt,
      },
    };
  }
  if (proof.kind === 'unproved') {
    return { since: proof.since, cause: { ...cause, code: 'agent_silent', message: null } };
  }
  return null;
}
