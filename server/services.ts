/** What every operation is given: the providers of this process. */
import type { Logger } from 'pino';
import type { DesiredWaits } from './agents/desired-waits.ts';
import type { Config } from './config.ts';
import type { JobQueue } from './jobs/queue.ts';
import type { Limits } from './limits/limits.ts';
import type { LiveBus } from './live/bus.ts';
import type { SetupProgress } from './setup/progress.ts';
import type { CaseRunner } from './providers/case-runner.ts';
import type { Clock } from './providers/clock.ts';
import type { Compiler } from './providers/compiler.ts';
import type { Database } from './providers/database.ts';
import type { Identity } from './providers/identity.ts';
import type { ObjectStore } from './providers/object-store.ts';
import type { Signer } from './providers/signer.ts';

export interface Services {
  config: Config;
  /** Where people reach this server: scheme, host and port. */
  baseUrl: string;
  log: Logger;
  clock: Clock;
  database: Database;
  objects: ObjectStore;
  signer: Signer;
  compiler: Compiler;
  cases: CaseRunner;
  identity: Identity;
  /** How often who may ask: one set of budgets for all edges of this process. */
  limits: Limits;
  live: LiveBus;
  desiredWaits: DesiredWaits;
  jobs: JobQueue;
  setup: SetupProgress;
}
