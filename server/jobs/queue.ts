/** The job queue: pg-boss over the same pool, with enqueueing inside our own transactions. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { PgBoss, type JobWithMetadata } from 'pg-boss';
import type { Logger } from 'pino';
import { jobStateOf, type JobState, type QueueState } from '../domain/jobs/machine.ts';
import type { Database, Db } from '../providers/database.ts';

/** Jobs that carry work, and what each is given. */
export interface JobPayloads {
  deploy_bundle_build: { orgId: string; deploymentId: string };
  spec_ingest: { orgId: string; draftId: string };
  case_run: { orgId: string; versionId: string };
  objects_remove: { orgId: string; bundleHashes: string[] };
}
type JobName = keyof JobPayloads;

/** Runs every minute wherever a worker runs. */
const TIMER = 'timers';

export interface JobHandlers {
  run: { [N in JobName]: (payload: JobPayloads[N], attempt: Attempt) => Promise<void> };
  /** What follows once all tries are spent, also where the process ended in the middle of the last one. */
  spent: { [N in JobName]?: (payload: JobPayloads[N]) => Promise<void> };
  timers: () => Promise<void>;
}

export interface Attempt {
  /** 0 for the first. */
  retries: number;
  last: boolean;
}

interface QueueCounts {
  name: string;
  state: JobState;
  count: number;
}

export interface JobQueue {
  /** Enqueues when `db`'s transaction commits. The same `key` is queued once at a time. */
  enqueue<N extends JobName>(db: Db, name: N, payload: JobPayloads[N], key: string): Promise<void>;
  /** Makes this process's workers look now rather than at their next poll. */
  wake(name: JobName): void;
  startWorkers(handlers: JobHandlers): Promise<void>;
  counts(): Promise<QueueCounts[]>;
  stop(): Promise<void>;
}

const RETRIES: Record<JobName, number> = {
  deploy_bundle_build: 4,
  spec_ingest: 2,
  case_run: 3,
  objects_remove: 8,
};
const POLL_SECONDS: Record<JobName, number> = {
  deploy_bundle_build: 0.5,
  spec_ingest: 1,
  case_run: 0.5,
  objects_remove: 5,
};

/** The queue of those whose tries are spent. */
const spentOf = (name: JobName) => `${name}_dead`;

export async function openJobQueue(
  database: Pick<Database, 'pool' | 'schema'>,
  log: Logger,
): Promise<JobQueue> {
  const schema = database.schema === 'public' ? 'pgboss' : `${database.schema}_jobs`;
  // Sending also looks queues up with the instance's own connection. Inside a transaction on PGlite,
  // which has one session, that would wait for itself: everything a send asks goes through the
  // transaction that it belongs to.
  const inside = new AsyncLocalStorage<Db>();
  const boss = new PgBoss({
    schema,
    db: {
      async executeSql(text, values) {
        const db = inside.getStore();
        if (!db) return database.pool.query(text, values as unknown[]);
        const rows = await db.$queryRawUnsafe<Record<string, unknown>[]>(text, ...(values ?? []));
        return { rows };
      },
    },
  });
  boss.on('error', (error) => log.error({ err: error }, 'job queue'));
  await boss.start();
  const names = Object.keys(RETRIES) as JobName[];
  for (const name of names) {
    await boss.createQueue(spentOf(name));
    // What ends there is waited for by somebody: it is tried until it is through.
    await boss.updateQueue(spentOf(name), {
      retryLimit: 1000,
      retryDelay: 10,
      retryBackoff: false,
    });
    await boss.createQueue(name, {
      policy: 'short',
      retryLimit: RETRIES[name],
      retryDelay: 1,
      retryBackoff: true,
      expireInSeconds: 120,
      deadLetter: spentOf(name),
    });
  }
  await boss.createQueue(TIMER, { retryLimit: 0 });
  const workers = new Map<JobName, string>();
  let stopped: Promise<void> | null = null;

  return {
    async enqueue(db, name, payload, key) {
      await inside.run(db, () => boss.send(name, payload, { singletonKey: key }));
    },
    wake(name) {
      const worker = workers.get(name);
      if (worker) boss.notifyWorker(worker);
    },
    async startWorkers(handlers) {
      const start = async <N extends JobName>(name: N): Promise<void> => {
        const options = {
          pollingIntervalSeconds: POLL_SECONDS[name],
          includeMetadata: true,
        } as const;
        const worker = await boss.work(
          name,
          options,
          async (jobs: JobWithMetadata<JobPayloads[N]>[]) => {
            for (const job of jobs) {
              const attempt = { retries: job.retryCount, last: job.retryCount >= job.retryLimit };
              try {
                await handlers.run[name](job.data, attempt);
              } catch (error) {
                log.error({ err: error, job: name, id: job.id, ...attempt }, 'job failed');
                throw error;
              }
            }
          },
        );
        workers.set(name, worker);
      };
      const end = async <N extends JobName>(name: N): Promise<void> => {
        const spent = handlers.spent[name];
        if (!spent) return;
        await boss.work<JobPayloads[N]>(
          spentOf(name),
          { pollingIntervalSeconds: 5 },
          async (jobs) => {
            for (const job of jobs) await spent(job.data);
          },
        );
      };
      for (const name of names) {
        await start(name);
        await end(name);
      }
      await boss.work(TIMER, { pollingIntervalSeconds: 5 }, () => handlers.timers());
      await boss.schedule(TIMER, '* * * * *');
    },
    async counts() {
      const { rows } = await database.pool.query<{
        name: string;
        state: QueueState;
        retried: boolean;
        count: string;
      }>(
        `SELECT name, state::text AS state, retry_count > 0 AS retried, count(*) AS count
         FROM ${schema}.job WHERE name = ANY($1) GROUP BY 1, 2, 3`,
        [names],
      );
      const sums = new Map<string, QueueCounts>();
      for (const row of rows) {
        const state = jobStateOf(row.state, row.retried ? 1 : 0);
        const key = `${row.name} ${state}`;
        const known = sums.get(key) ?? { name: row.name, state, count: 0 };
        sums.set(key, { ...known, count: known.count + Number(row.count) });
      }
      return [...sums.values()];
    },
    stop: () => (stopped ??= boss.stop({ graceful: true, timeout: 2000, close: false })),
  };
}
