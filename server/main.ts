/** Starts one process of the control plane and stops it again. See docs/spec/rest.md for its faces. */
import { createServer } from 'node:net';
import pino, { type Logger } from 'pino';
import { openAdminSocket } from './admin/socket.ts';
import { createApp } from './app.ts';
import {
  ConfigError,
  DEFAULT_PORT,
  DEFAULT_WORKER_PORT,
  readConfig,
  type BindAddress,
  type Config,
} from './config.ts';
import { builtPage, developmentPage } from './http/page.ts';
import { jobHandlers } from './jobs/handlers.ts';
import { issueLocalToken } from './enrollment-tokens/issue-local-token.ts';
import { startLocalAgents, type LocalAgents } from './local/agents.ts';
import { systemClock } from './providers/clock.ts';
import { openDataFolder } from './providers/data-folder.ts';
import { embeddedFolder } from './providers/database.ts';
import { FolderLocked, lockFolder, writeInstance } from './providers/folder-lock.ts';
import { seedFirstStart } from './seed/first-start.ts';
import { issueOwnerLink } from './session/host-links.ts';
import { openServices } from './open-services.ts';
import type { Services } from './services.ts';
import { startWorkerBeat } from './workers/beat.ts';

/** Longest time that stopping may take before the process ends anyway. */
const STOP_MILLIS = 4900;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function openLog(config: Config): Logger {
  const destination = pino.destination(config.logFile ?? 2);
  return pino(
    {
      level: config.logLevel,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
    },
    destination,
  );
}

function tryPort(host: string, port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    probe.listen(port, host, () => {
      const address = probe.address();
      const taken = typeof address === 'object' && address ? address.port : port;
      probe.close(() => resolve(taken));
    });
  });
}

/** The address that was asked for; else the default port on loopback, else any free one. */
async function chooseBind(config: Config): Promise<BindAddress> {
  const worker = config.mode === 'worker';
  const asked = worker ? config.workerBind : config.apiBind;
  if (asked) {
    const port = await tryPort(asked.host, asked.port);
    if (port === null) {
      throw new ConfigError(
        `${asked.host}:${asked.port} is taken: stop what listens there, or choose another ${worker ? 'BYTEOR_CLOUD_WORKER_BIND_ADDR' : 'BYTEOR_CLOUD_API_BIND_ADDR'}`,
      );
    }
    return { host: asked.host, port };
  }
  const host = config.databaseUrl ? '0.0.0.0' : '127.0.0.1';
  const port =
    (await tryPort(host, worker ? DEFAULT_WORKER_PORT : DEFAULT_PORT)) ?? (await tryPort(host, 0));
  if (port === null) throw new ConfigError('no free port found');
  return { host, port };
}

/** One native agent in each environment of the first project, built and enrolled in the background. */
async function startAgents(services: Services, address: string): Promise<LocalAgents> {
  const { database, config, setup, live, log, clock } = services;
  const project = await database.client.project.findFirst({
    orderBy: { createdAt: 'asc' },
    include: { environments: { orderBy: { createdAt: 'asc' } } },
  });
  const environments = (project?.environments ?? []).map((environment) => ({
    orgId: environment.orgId,
    projectId: environment.projectId,
    environmentId: environment.id,
    name: environment.name,
  }));
  setup.onChange((step) => {
    const environment = environments.find((one) => one.environmentId === step.environmentId);
    if (!environment) return;
    live
      .tell({
        type: 'setup',
        id: environment.environmentId,
        orgId: environment.orgId,
        environmentId: environment.environmentId,
        at: clock.now().toISOString(),
        data: step,
      })
      .catch((error: unknown) => log.warn({ err: error }, 'setup progress was not told'));
  });
  return startLocalAgents({
    baseUrl: address,
    dataDir: config.dataDir,
    environments,
    progress: setup,
    createEnrollmentToken: (environment) =>
      issueLocalToken(services, { id: environment.environmentId, ...environment }),
    isEnrolled: async (environment, agentId) => {
      const known = await database.client.agent.findFirst({
        where: { id: agentId, orgId: environment.orgId, decommissionedAt: null },
        select: { id: true },
      });
      return known !== null;
    },
    log: (message) => log.info(message),
  });
}

async function main(): Promise<void> {
  const config = readConfig(process.env, process.argv.slice(2));
  openDataFolder(config.dataDir);
  // Only the embedded database needs an owner; any number of processes share a PostgreSQL.
  const lock = config.databaseUrl ? null : lockFolder(config.dataDir);

  const log = openLog(config);
  const bind = await chooseBind(config);
  const loopbackOnly = LOOPBACK.test(bind.host);
  const shownHost = bind.host.includes(':') ? `[${bind.host}]` : bind.host;
  const address = `http://${shownHost === '0.0.0.0' ? '127.0.0.1' : shownHost}:${bind.port}`;
  const baseUrl = config.publicBaseUrl ?? address;

  const { services, close } = await openServices({
    config,
    baseUrl,
    log,
    clock: systemClock,
    database: config.databaseUrl
      ? { kind: 'postgres', url: config.databaseUrl, schema: config.databaseSchema }
      : { kind: 'embedded', folder: embeddedFolder(config.dataDir) },
  });
  const { jobs } = services;
  const firstStart = await seedFirstStart(services);
  const works = config.mode !== 'api';
  if (works) await jobs.startWorkers(jobHandlers(services));
  const beat = works ? await startWorkerBeat(services) : null;

  const app = await createApp({
    services,
    loopbackOnly,
    healthOnly: config.mode === 'worker',
    page: config.dev ? developmentPage : () => builtPage(config.pageFolder, baseUrl),
  });
  await app.listen({ host: bind.host, port: bind.port });
  const admin = config.mode === 'worker' ? null : await openAdminSocket(services, config.dataDir);
  if (lock) writeInstance(config.dataDir, { address, pid: process.pid });
  const localAgents =
    !config.databaseUrl && config.localAgents ? await startAgents(services, address) : null;

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), STOP_MILLIS).unref();
    await Promise.all([
      app.close(),
      admin?.close(),
      localAgents?.stop(),
      beat?.stop(),
      jobs.stop(),
    ]);
    await close();
    lock?.release();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.fatal({ err: error }, 'stopping failed');
        process.exit(1);
      });
    });
  }

  // With a database of its own, only who starts it for the first time is known to be its owner.
  if (!config.databaseUrl || firstStart) {
    const { link } = await issueOwnerLink(services);
    say(`sign in: ${link}`);
  }
  say(`ready ${address}`);
}

try {
  await main();
} catch (error) {
  const known = error instanceof ConfigError || error instanceof FolderLocked;
  process.stderr.write(
    `${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  // 75 (EX_TEMPFAIL): nothing is wrong with the settings, somebody else has the folder now.
  process.exit(error instanceof FolderLocked ? 75 : known ? 2 : 1);
}
