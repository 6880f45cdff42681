/** Whom a deployment waits for, since when, and what happens next: for every state on the way. */
import { agentStatus } from '../agents/status.ts';
import type { PartFacts } from './health.ts';
import type { DeploymentState } from './machine.ts';

/** A worker says every few seconds that it lives; silent for so long, it counts as away. */
export const WORKER_AWAY_AFTER_MILLIS = 20_000;

/** A build takes a second, and its tries are spent within a minute: from then on something is wrong. */
export const BUILD_LATE_AFTER_MILLIS = 120_000;

export interface WaitingFacts {
  state: DeploymentState;
  /** When it came into this state. */
  since: Date;
  /** Until when a person may decide, and until when the grant is good. */
  decideUntil: Date | null;
  grantUntil: Date | null;
  /** When a worker was last seen; null: never. */
  workerSeenAt: Date | null;
  parts: readonly (PartFacts & { confirmedAt: Date | null })[];
}

interface AwaitedAgent {
  agentId: string;
  agentName: string;
  /** Silent since then; null while it is heard. */
  awaySince: Date | null;
  /** It never was heard at all. */
  neverSeen: boolean;
}

export interface Waiting {
  for: 'person' | 'worker' | 'agents';
  since: Date;
  /** Who is waited for isn't there: nothing happens until they are back. */
  away: boolean;
  /** Since when, as far as anybody knows. */
  awaySince: Date | null;
  /** Who is waited for is there, and it takes longer than it can take. */
  late: boolean;
  agents: AwaitedAgent[];
  /** What ends the waiting if nobody comes. */
  next: { event: 'request_expires' | 'grant_expires'; at: Date } | null;
}

export function waitingOf(facts: WaitingFacts, now: Date): Waiting | null {
  const base = { since: facts.since, away: false, awaySince: null, late: false, agents: [] };
  const grant = facts.grantUntil ? { event: 'grant_expires' as const, at: facts.grantUntil } : null;
  switch (facts.state) {
    case 'pending_approval':
      return {
        ...base,
        for: 'person',
        next: facts.decideUntil ? { event: 'request_expires', at: facts.decideUntil } : null,
      };
    case 'approved':
    case 'building': {
      const seen = facts.workerSeenAt;
      const away = !seen || now.getTime() - seen.getTime() > WORKER_AWAY_AFTER_MILLIS;
      const late = !away && now.getTime() - facts.since.getTime() > BUILD_LATE_AFTER_MILLIS;
      return { ...base, for: 'worker', away, awaySince: away ? seen : null, late, next: grant };
    }
    case 'deploying': {
      // Whose step of the rollout hasn't come wasn't told, and has nothing to do yet.
      const open = facts.parts.filter((part) => !part.confirmedAt && part.desired !== null);
      const agents = open.map((part) => awaited(part, now));
      const away = agents.filter((agent) => agent.awaySince || agent.neverSeen);
      return {
        ...base,
        for: 'agents',
        agents,
        away: away.length > 0,
        awaySince: away.reduce<Date | null>(
          (first, { awaySince }) =>
            awaySince && (!first || awaySince < first) ? awaySince : first,
          null,
        ),
        next: grant,
      };
    }
    default:
      return null;
  }
}

function awaited(part: PartFacts, now: Date): AwaitedAgent {
  const online = agentStatus(part, now) === 'online';
  return {
    agentId: part.agentId,
    agentName: part.agentName,
    awaySince: online ? null : part.lastHeartbeatAt,
    neverSeen: part.lastHeartbeatAt === null,
  };
}
