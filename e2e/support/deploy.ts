import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page } from 'playwright/test';
import type { App } from './app.ts';
import { lower, specHash } from './native.ts';
import { must } from './trpc.ts';

interface Tree {
  orgs: { projects: { environments: { id: string; name: string }[] }[] }[];
}

/** The id of an environment of the sample workspace. */
export async function environmentId(page: Page, name: string): Promise<string> {
  const tree = await must<Tree>(page, 'query', 'workspace.tree');
  const all = tree.orgs.flatMap((org) => org.projects).flatMap((project) => project.environments);
  const found = all.find((environment) => environment.name === name);
  if (!found) throw new Error(`no environment ${name}`);
  return found.id;
}

/** Waits until the environment's agent is online and answers its id. */
export async function onlineAgent(page: Page, environment: string): Promise<string> {
  let id = '';
  await expect
    .poll(
      async () => {
        const agents = await must<{ id: string; status: string }[]>(page, 'query', 'agents.list', {
          environmentId: environment,
        });
        id = agents.find((agent) => agent.status === 'online')?.id ?? '';
        return id;
      },
      { timeout: 480_000 },
    )
    .not.toBe('');
  return id;
}

/** Makes a version of a plan in an environment. The expected hash comes from the native compiler. */
export async function makeVersion(
  page: Page,
  environment: string,
  text: string,
  target: 'single_ring' | 'lane_graph' = 'single_ring',
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'byteor-plan-'));
  const path = join(folder, 'made.plan');
  await writeFile(path, text);
  const kv = await lower(path, target);
  await rm(folder, { recursive: true });
  if (kv === null) throw new Error('the native compiler refuses the plan');
  const { compilerVersion } = await must<{ compilerVersion: string }>(page, 'query', 'session.get');
  const draft = await must<{ draftId: string; revision: number }>(
    page,
    'mutation',
    'drafts.create',
    { environmentId: environment, name: 'Made by a spec', text, target, layout: {} },
  );
  const version = await must<{ versionId: string }>(page, 'mutation', 'versions.create', {
    draftId: draft.draftId,
    revision: draft.revision,
    expectedSpecHash: specHash(kv),
    compilerVersion,
  });
  return version.versionId;
}

interface Config {
  ingress: Record<string, unknown>;
  egress: Record<string, unknown>;
  reject: Record<string, unknown>;
}

/** Makes a config bundle between the files of a name, from what the server suggests. */
export async function makeBundle(
  page: Page,
  environmentId: string,
  versionId: string,
  paths: ReturnType<typeof files>,
): Promise<string> {
  const { config } = await must<{ config: Config }>(page, 'query', 'bundles.suggest', {
    environmentId,
    versionId,
  });
  const bundle = await must<{ bundleId: string }>(page, 'mutation', 'bundles.create', {
    environmentId,
    versionId,
    name: 'Made by a spec',
    config: {
      ...config,
      ingress: { ...config.ingress, path: paths.input, mode: 'follow', start: 'start' },
      egress: { ...config.egress, path: paths.output },
      reject: { path: paths.reject },
    },
  });
  return bundle.bundleId;
}

let asked = 0;

/** Asks for a deployment and answers its id. */
export async function deploy(
  page: Page,
  choice: {
    versionId: string;
    bundleId: string;
    agentIds: string[];
    rollout?: { pauseSeconds: number };
  },
): Promise<string> {
  // A digest of its own: an earlier yes to the identical one would be kept.
  asked += 1;
  const anew = { rollout: { pauseSeconds: 30 + asked }, ...choice };
  const { digest } = await must<{ digest: string }>(page, 'query', 'deployments.preview', anew);
  const made = await must<{ deploymentId: string }>(page, 'mutation', 'deployments.create', {
    ...anew,
    expectedDigest: digest,
    comment: '',
  });
  return made.deploymentId;
}

interface Shown {
  state: string;
  failure: { code: string } | null;
}

/** Waits until a deployment is in a state, and answers what the control plane shows of it. */
export async function reaches(page: Page, deploymentId: string, state: string): Promise<Shown> {
  let shown: Shown | undefined;
  await expect
    .poll(
      async () => {
        shown = await must<Shown>(page, 'query', 'deployments.get', { deploymentId });
        return shown.state;
      },
      { timeout: 60_000 },
    )
    .toBe(state);
  return shown!;
}

/** Paths of a pipeline's files below the folder that local agents may touch. */
export function files(app: App, name: string) {
  return {
    input: join(app.filesDir, `${name}.log`),
    output: join(app.filesDir, `${name}.out`),
    reject: join(app.filesDir, `${name}.rejected`),
  };
}
