/** A process that does jobs says every few seconds that it lives, so that a page can say when none does. */
import { uuidv7 } from '../ids/uuid.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';

const BEAT_MILLIS = 5000;
/** Beats of processes that are gone for so long tell nobody anything. */
const FORGOTTEN_MILLIS = 24 * 60 * 60_000;

/** Begins to say it; answers what ends it. */
export async function startWorkerBeat({ database, clock, log }: Services) {
  const id = uuidv7();
  const startedAt = clock.now();
  const beat = async () => {
    const seenAt = clock.now();
    await database.client.workerBeat.upsert({
      where: { id },
      create: { id, startedAt, seenAt },
      update: { seenAt },
    });
  };
  await beat();
  await database.client.workerBeat.deleteMany({
    where: { seenAt: { lt: new Date(startedAt.getTime() - FORGOTTEN_MILLIS) } },
  });
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log.error({ err: error }, 'worker beat'));
  }, BEAT_MILLIS);
  return {
    async stop() {
      clearInterval(timer);
      // Ended on purpose: nobody has to wait to learn that this worker is gone.
      await database.client.workerBeat.deleteMany({ where: { id } });
    },
  };
}

/** When a worker was last seen, or null. */
export async function workerSeenAt(db: Db): Promise<Date | null> {
  const { _max } = await db.workerBeat.aggregate({ _max: { seenAt: true } });
  return _max.seenAt;
}
