/** Opens the providers of one process, and closes them in the opposite order. */
import type { Logger } from 'pino';
import { openDesiredWaits } from './agents/desired-waits.ts';
import type { Config } from './config.ts';
import { openJobQueue } from './jobs/queue.ts';
import { openLimits } from './limits/limits.ts';
import { openLiveBus } from './live/bus.ts';
import { caseRunner } from './providers/case-runner.ts';
import type { Clock } from './providers/clock.ts';
import { loadCompiler } from './providers/compiler.ts';
import { openDatabase, type EmbeddedOptions, type PostgresOptions } from './providers/database.ts';
import { sessionIdentity } from './providers/identity.ts';
import { folderStore } from './providers/object-store.ts';
import { sessionSecret } from './providers/session-secret.ts';
import { readKeyEncryptionKey, sealedSigner } from './providers/signer.ts';
import type { Services } from './services.ts';
import { setupProgress } from './setup/progress.ts';

interface OpenOptions {
  config: Config;
  baseUrl: string;
  log: Logger;
  clock: Clock;
  database: EmbeddedOptions | PostgresOptions;
}

export async function openServices(
  options: OpenOptions,
): Promise<{ services: Services; close: () => Promise<void> }> {
  const { config, log, clock, baseUrl } = options;
  const keyEncryptionKey = readKeyEncryptionKey(config.keyEncryptionKey, config.dataDir);
  const compiler = await loadCompiler();
  const database = await openDatabase(options.database);
  const live = await openLiveBus(database, log);
  const jobs = await database.alone(() => openJobQueue(database, log));
  return {
    services: {
      config,
      baseUrl,
      log,
      clock,
      database,
      compiler,
      cases: caseRunner(),
      limits: openLimits(clock),
      live,
      desiredWaits: openDesiredWaits(database.client, live, clock, log),
      jobs,
      objects: folderStore(config.objectFolder),
      signer: sealedSigner(keyEncryptionKey),
      identity: sessionIdentity(database, clock, baseUrl, sessionSecret(keyEncryptionKey)),
      setup: setupProgress(),
    },
    async close() {
      await jobs.stop();
      await live.close();
      await database.close();
    },
  };
}
