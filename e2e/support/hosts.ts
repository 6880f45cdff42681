import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright/test';
import { buildNative, type NativeBinaries } from '../../server/local/build-native.ts';
import type { App } from './app.ts';
import { must } from './trpc.ts';

/** A host of its own for a real agent: the same paths are other files there. */
export interface Host {
  id: string;
  name: string;
  /** The files of `folder` as this host has them, seen from outside. */
  files: string;
  /** The agent's own folder. */
  state: string;
  start(): void;
  /** Asks the agent to end, and waits: its pipelines end with it. */
  stop(): Promise<void>;
  /** Kills its pipelines, and leaves the agent. */
  crash(): Promise<void>;
  /** As a power cut: agent and pipelines are gone at once. */
  kill(): Promise<void>;
  /** The disk as it is now, to be put back later. */
  keepDisk(name: string): Promise<void>;
  restoreDisk(name: string): Promise<void>;
}

/** An environment, and where it is. */
export interface Place {
  orgId: string;
  projectId: string;
  environmentId: string;
}

/** Makes the development environment `edge` in the first project, for agents that are started apart. */
export async function makeEnvironment(
  page: Page,
  settings?: { approvalRequired: boolean; selfApproval: boolean },
): Promise<Place> {
  const { orgs } = await must<{ orgs: { id: string; projects: { id: string }[] }[] }>(
    page,
    'query',
    'workspace.tree',
  );
  const [org] = orgs;
  const [project] = org?.projects ?? [];
  if (!org || !project) throw new Error('no project');
  const { environmentId } = await must<{ environmentId: string }>(
    page,
    'mutation',
    'environments.create',
    { projectId: project.id, name: 'edge', posture: 'dev', ...(settings && { settings }) },
  );
  return { orgId: org.id, projectId: project.id, environmentId };
}

export const nativeBinaries = (): Promise<NativeBinaries> =>
  buildNative(() => undefined, new AbortController().signal);

/** The folder that pipelines read and write, by the name that all hosts have for it. */
export const sharedName = (app: App): string => join(app.dataDir, 'host');

/** Enrols an agent on a host of its own and starts it. */
export async function startHost(
  page: Page,
  app: App,
  binaries: NativeBinaries,
  place: Place,
  name: string,
  /** Beside what every agent is started with. */
  more: readonly string[] = [],
): Promise<Host> {
  const home = join(app.dataDir, 'hosts', name);
  const state = join(home, 'state');
  const files = join(home, 'files');
  const folder = sharedName(app);
  await mkdir(state, { recursive: true, mode: 0o700 });
  await mkdir(files, { recursive: true });
  await mkdir(folder, { recursive: true });
  const { token } = await must<{ token: string }>(page, 'mutation', 'enrollmentTokens.create', {
    environmentId: place.environmentId,
  });
  const tokenFile = join(home, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });

  /** In a mount namespace of its own, where `folder` is this host's files. */
  const inside = (args: string[]): ChildProcess =>
    spawn(
      'unshare',
      [
        '--user',
        '--map-root-user',
        '--mount',
        'sh',
        '-c',
        'mount --bind "$1" "$2" && shift 2 && exec "$@"',
        'sh',
        files,
        folder,
        binaries.agent,
        ...args,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
  const ended = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
      child.on('exit', (code) => resolve(code));
    });
  const enrolling = inside([
    'enroll',
    `--api=${app.url}`,
    `--org=${place.orgId}`,
    `--project=${place.projectId}`,
    `--environment=${place.environmentId}`,
    `--token-file=${tokenFile}`,
    `--state-dir=${state}`,
    `--allow-root=${folder}`,
    `--name=${name}`,
  ]);
  let words = '';
  enrolling.stderr?.on('data', (chunk: Buffer) => (words += chunk.toString()));
  if ((await ended(enrolling)) !== 0) throw new Error(`enrolling ${name}: ${words}`);
  const agents = await must<{ id: string; name: string }[]>(page, 'query', 'agents.list', {
    environmentId: place.environmentId,
  });
  const id = agents.find((agent) => agent.name === name)?.id;
  if (!id) throw new Error(`${name} isn't listed`);

  let running: ChildProcess | null = null;
  const gone = async (signal: NodeJS.Signals) => {
    const child = running;
    running = null;
    if (!child?.pid) return;
    const end = ended(child);
    // The group: a power cut leaves no runtime behind.
    process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal);
    await end;
  };
  const host: Host = {
    id,
    name,
    files,
    state,
    start() {
      running = inside([
        'run',
        `--state-dir=${state}`,
        `--edgeplane=${binaries.edgeplane}`,
        ...more,
      ]);
      running.stderr?.resume();
    },
    stop: () => gone('SIGTERM'),
    async crash() {
      const { pid } = running ?? {};
      if (!pid) throw new Error(`${name} doesn't run`);
      // The agent's own children: in its place stands what was started, not a shell.
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
      const pipelines = children.trim().split(' ').filter(Boolean).map(Number);
      if (pipelines.length === 0) throw new Error(`${name} runs nothing`);
      for (const pipeline of pipelines) process.kill(pipeline, 'SIGKILL');
    },
    kill: () => gone('SIGKILL'),
    keepDisk: (kept) => cp(state, join(home, kept), { recursive: true }),
    async restoreDisk(kept) {
      await rm(state, { recursive: true });
      await cp(join(home, kept), state, { recursive: true });
    },
  };
  host.start();
  return host;
}
