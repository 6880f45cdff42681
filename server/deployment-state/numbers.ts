/** What agents count now, for rates and lags over a whole environment. */
import type { Snapshot } from '../../src/lib/compiler/types.ts';
import { OFFLINE_AFTER_MILLIS } from '../domain/agents/status.ts';
import { ratesOf, type Rates } from '../domain/deployments/rates.ts';
import type { Prisma } from '../db/generated/client.ts';
import type { Db } from '../providers/database.ts';

interface PartNumbers {
  environmentId: string;
  deploymentId: string;
  rates: Rates;
  /** The furthest that one of its stages is behind, in records. */
  lag: number;
}

/** Of each part that runs; a silent agent's numbers are old and tell no rate. */
export async function numbersOf(
  db: Db,
  where: Prisma.DeploymentWhereInput,
  now: Date,
): Promise<PartNumbers[]> {
  const parts = await db.deploymentAgent.findMany({
    where: {
      deployment: where,
      runningSince: { not: null },
      snapshotAt: { gt: new Date(now.getTime() - OFFLINE_AFTER_MILLIS) },
    },
    select: {
      deploymentId: true,
      snapshot: true,
      snapshotAt: true,
      deployment: { select: { environmentId: true } },
      minutes: { orderBy: { at: 'asc' } },
    },
  });
  return parts.map(({ deploymentId, deployment, minutes, ...part }) => {
    const snapshot = part.snapshot as unknown as Snapshot | null;
    const last = snapshot &&
      part.snapshotAt && {
        at: part.snapshotAt,
        recordsIn: snapshot.counters.records_in,
        rejected: snapshot.counters.rejected,
        generation: String(snapshot.generation),
      };
    const readings = minutes.map((minute) => ({
      at: minute.at,
      recordsIn: Number(minute.recordsIn),
      rejected: Number(minute.rejected),
      generation: minute.generation,
    }));
    return {
      environmentId: deployment.environmentId,
      deploymentId,
      rates: ratesOf(readings, last, now),
      lag: snapshot ? lagOf(snapshot) : 0,
    };
  });
}

function lagOf(snapshot: Snapshot): number {
  const lags =
    snapshot.kind === 'single_ring'
      ? snapshot.stages.map((stage) => stage.lag)
      : snapshot.lanes.flatMap((lane) => lane.readers.map((reader) => reader.lag));
  return lags.reduce((most, lag) => Math.max(most, lag), 0);
}
