/** Health from rows, and as the page gets it: instants as text. */
import type { AdaptersReport } from '../../src/lib/compiler/types.ts';
import type { Prisma } from '../db/generated/client.ts';
import type { AttemptPhase } from '../domain/agents/phases.ts';
import {
  healthOverTime,
  type DesiredState,
  type Health,
  type PartFacts,
  type Trouble,
} from '../domain/deployments/health.ts';
import { peersDown } from '../domain/deployments/peers.ts';
import { lastingPressure, type PressedLane } from '../domain/deployments/pressure.ts';

/** The columns that health is judged by. */
export const partColumns = {
  agentId: true,
  desired: true,
  held: true,
  desiredAt: true,
  runningSince: true,
  runningReportedAt: true,
  finishedAt: true,
  attemptedPhase: true,
  attemptedCode: true,
  attemptedMessage: true,
  attemptedAt: true,
  attemptedTries: true,
  attemptedNextAt: true,
  lastWords: true,
  driftEpoch: true,
  driftSince: true,
  pressed: true,
  adapters: true,
  agent: {
    select: { id: true, name: true, lastHeartbeatAt: true, decommissionedAt: true },
  },
} as const;

/** Rows of parts that would run again if their slot were resumed. */
export const HELD = { held: { not: null } } satisfies Prisma.DeploymentAgentWhereInput;

/** Rows of parts that run, or should. */
export const RUNS_OR_SHOULD = {
  OR: [{ desired: { in: ['run', 'fallback'] } }, { runningSince: { not: null } }],
} satisfies Prisma.DeploymentAgentWhereInput;

export interface PartRow {
  agentId: string;
  desired: string | null;
  held: string | null;
  desiredAt: Date | null;
  runningSince: Date | null;
  runningReportedAt: Date | null;
  finishedAt: Date | null;
  attemptedPhase: string | null;
  attemptedCode: string | null;
  attemptedMessage: string | null;
  attemptedAt: Date | null;
  attemptedTries: number;
  attemptedNextAt: Date | null;
  lastWords: string[];
  driftEpoch: number | null;
  driftSince: Date | null;
  pressed: Prisma.JsonValue;
  adapters: Prisma.JsonValue;
  agent: { name: string; lastHeartbeatAt: Date | null; decommissionedAt: Date | null };
}

export function factsOf(row: PartRow): PartFacts {
  return {
    agentId: row.agentId,
    agentName: row.agent.name,
    lastHeartbeatAt: row.agent.lastHeartbeatAt,
    decommissionedAt: row.agent.decommissionedAt,
    desired: row.desired as DesiredState | null,
    desiredAt: row.desiredAt,
    runningSince: row.runningSince,
    runningReportedAt: row.runningReportedAt,
    finishedAt: row.finishedAt,
    attempt: row.attemptedPhase
      ? {
          phase: row.attemptedPhase as AttemptPhase,
          code: row.attemptedCode,
          message: row.attemptedMessage,
          at: row.attemptedAt,
          tries: row.attemptedTries,
          nextTryAt: row.attemptedNextAt,
        }
      : null,
    lastWords: row.lastWords,
    drift:
      row.driftEpoch !== null && row.driftSince
        ? { epoch: row.driftEpoch, since: row.driftSince }
        : null,
    pressed: lastingPressure((row.pressed ?? []) as unknown as PressedLane[]),
    peers: peersDown(row.adapters as unknown as AdaptersReport | null),
  };
}

const text = (at: Date | null) => at?.toISOString() ?? null;

function troubleView(trouble: Trouble) {
  return {
    ...trouble,
    since: text(trouble.since),
    nextTryAt: text(trouble.nextTryAt),
    lastWords: [...trouble.lastWords],
  };
}

function view(health: Health) {
  return {
    ...health,
    since: text(health.since),
    troubles: health.troubles.map(troubleView),
  };
}

/**
 * Health now and how it changes by time alone, in milliseconds after this answer: the page's own
 * clock may be wrong, and needs no rule beside this one.
 */
export function healthView(rows: readonly PartRow[], now: Date) {
  return healthOverTime(rows.map(factsOf), now).map(({ from, health }) => ({
    afterMs: from.getTime() - now.getTime(),
    health: health && view(health),
  }));
}
