import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildNative, NativeBuildError, type NativeBinaries } from './build-native.ts';
import type { SetupProgress } from '../setup/progress.ts';
import { writeSampleInput } from './sample-input.ts';

/** An environment that gets a local agent. */
interface LocalEnvironment {
  orgId: string;
  projectId: string;
  environmentId: string;
  name: string;
}

interface LocalAgentsOptions {
  /** Where the agents reach the control plane, such as `http://127.0.0.1:8080`. */
  baseUrl: string;
  /** The install's data folder: agent states, their runtime files and the sample files stand in it. */
  dataDir: string;
  /** Environments that get an agent each. */
  environments: LocalEnvironment[];
  /** Makes a single-use enrollment token for an environment. */
  createEnrollmentToken(environment: LocalEnvironment): Promise<string>;
  /** Whether the agent in the state folder is still known to the control plane. */
  isEnrolled(environment: LocalEnvironment, agentId: string): Promise<boolean>;
  /** Where the page reads how far each agent is. */
  progress: Pick<SetupProgress, 'publish'>;
  /** One line a call, for the server's log. */
  log(message: string): void;
}

export interface LocalAgents {
  /** Stops all agents, and with them all pipelines, and waits until they are gone. */
  stop(): Promise<void>;
}

/** The folder whose files local pipelines may read and write: the one allowed root of local agents. */
export const localFilesFolder = (dataDir: string): string => join(dataDir, 'files');

/**
 * Agents call plain http at loopback addresses only, unless the host's owner allows more. Where the
 * server listens is an address of this host, so what its local agents say there leaves no host.
 */
export function ownAddress(baseUrl: string): string[] {
  const { protocol, hostname } = new URL(baseUrl);
  const loopback = /^(127(\.\d+){3}|localhost|\[::1\])$/.test(hostname);
  return protocol === 'http:' && !loopback ? ['--allow-plain-http'] : [];
}

const restartDelays = [500, 1_000, 2_000, 5_000, 10_000];

/**
 * Builds the native agent in the background, enrols one agent in each environment and keeps them running.
 * Returns at once.
 */
export function startLocalAgents(options: LocalAgentsOptions): LocalAgents {
  const stopping = new AbortController();
  const children = new Set<ChildProcess>();
  const tell = (environment: LocalEnvironment, phase: string, percent: number, message: string) =>
    options.progress.publish({
      environmentId: environment.environmentId,
      phase,
      percent,
      message,
    });
  const tellAll = (phase: string, percent: number, message: string) => {
    for (const environment of options.environments) tell(environment, phase, percent, message);
  };

  const work = (async () => {
    const files = localFilesFolder(options.dataDir);
    await mkdir(files, { recursive: true });
    await writeSampleInput(files).catch((error: unknown) =>
      options.log(`no sample input: ${String(error)}`),
    );
    tellAll('building', 0, 'Building the native agent');
    let binaries: NativeBinaries;
    try {
      binaries = await buildNative(
        (percent, name) => tellAll('building', percent, `Building the native agent (${name})`),
        stopping.signal,
      );
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (error instanceof NativeBuildError && error.code === 'native_no_toolchain') {
        tellAll(
          'unavailable',
          0,
          'No Rust toolchain was found. Install one from https://rustup.rs and start again.',
        );
      } else if (
        error instanceof NativeBuildError &&
        error.code === 'native_unsupported_platform'
      ) {
        tellAll('unavailable', 0, 'Agents run on Linux. Enrol one on a Linux host instead.');
      } else {
        const message = error instanceof Error ? error.message : String(error);
        tellAll('failed', 0, `The native build failed: ${message}`);
      }
      return;
    }
    await Promise.all(
      options.environments.map((environment) => keepRunning(environment, binaries)),
    );
  })();

  async function keepRunning(
    environment: LocalEnvironment,
    binaries: NativeBinaries,
  ): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      const from = Date.now();
      let words: string;
      try {
        const stateDir = await enrol(environment, binaries);
        words = await runAgent(environment, binaries, stateDir);
      } catch (error) {
        words = error instanceof Error ? error.message : String(error);
      }
      if (stopping.signal.aborted) break;
      failures = Date.now() - from > 30_000 ? 0 : failures + 1;
      const delay = restartDelays[Math.min(failures, restartDelays.length - 1)] ?? 10_000;
      options.log(`local agent of ${environment.name} ended: ${words}`);
      tell(environment, 'failed', 0, `${words} Starting again in ${delay / 1000} s.`);
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    tell(environment, 'stopped', 0, 'Stopped with the server');
  }

  /** Enrols the agent, unless its state folder holds one that the control plane still knows. */
  async function enrol(environment: LocalEnvironment, binaries: NativeBinaries): Promise<string> {
    const stateDir = join(options.dataDir, 'agents', environment.environmentId);
    const record = join(stateDir, 'agent.json');
    if (existsSync(record)) {
      const { agent_id } = JSON.parse(await readText(record)) as { agent_id: string };
      if (await options.isEnrolled(environment, agent_id)) return stateDir;
      await rm(stateDir, { recursive: true });
    }
    tell(environment, 'enrolling', 0, 'Enrolling the agent');
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    const tokenFile = join(stateDir, 'enrollment-token');
    await writeFile(tokenFile, await options.createEnrollmentToken(environment), { mode: 0o600 });
    try {
      const { code, words } = await run(binaries.agent, [
        'enroll',
        `--api=${options.baseUrl}`,
        `--org=${environment.orgId}`,
        `--project=${environment.projectId}`,
        `--environment=${environment.environmentId}`,
        `--token-file=${tokenFile}`,
        `--state-dir=${stateDir}`,
        `--allow-root=${localFilesFolder(options.dataDir)}`,
        `--name=local-${environment.name}`,
        ...ownAddress(options.baseUrl),
      ]);
      if (code !== 0) throw new Error(`Enrolling failed: ${words}`);
    } finally {
      await rm(tokenFile, { force: true });
    }
    return stateDir;
  }

  async function runAgent(
    environment: LocalEnvironment,
    binaries: NativeBinaries,
    stateDir: string,
  ): Promise<string> {
    tell(environment, 'starting', 0, 'Starting the agent');
    const running = run(binaries.agent, [
      'run',
      `--state-dir=${stateDir}`,
      `--edgeplane=${binaries.edgeplane}`,
      // Where the server listens may differ from where it did when the agent was enrolled.
      `--api=${options.baseUrl}`,
      '--exit-with-parent',
      ...ownAddress(options.baseUrl),
    ]);
    tell(environment, 'running', 100, 'The agent is running');
    const { code, words } = await running;
    return words || `The agent ended with ${code}.`;
  }

  /** Runs a binary with its words in the data folder's log, and answers its exit code and last words. */
  async function run(binary: string, args: string[]): Promise<{ code: number; words: string }> {
    if (stopping.signal.aborted) return { code: 0, words: '' };
    const log = await open(join(options.dataDir, 'agents.log'), 'a', 0o600);
    const child = spawn(binary, args, { stdio: ['ignore', log.fd, 'pipe'] });
    children.add(child);
    let words = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-2_000);
      log.write(chunk).catch((error: unknown) => options.log(`agents.log: ${String(error)}`));
    });
    try {
      const code = await new Promise<number>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (status) => resolve(status ?? 1));
      });
      return { code, words: words.trim().split('\n').at(-1) ?? '' };
    } finally {
      children.delete(child);
      await log.close();
    }
  }

  return {
    async stop() {
      stopping.abort();
      for (const child of children) child.kill('SIGTERM');
      const kill = setTimeout(() => {
        for (const child of children) child.kill('SIGKILL');
      }, 4_500);
      await work.finally(() => clearTimeout(kill));
    },
  };
}

async function readText(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
