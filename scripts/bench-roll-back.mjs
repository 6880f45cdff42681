// `npm run bench:roll-back`: from the click on "Roll back" until the agent proves that the old version
// runs, with a real agent, back and forth between two versions. Paste the table into docs/performance.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCompiler } from '../server/providers/compiler.ts';
import { ms, quantile, row, startInstall, table } from './lib/bench.mjs';
import { root } from './lib/project.mjs';

const ROUNDS = Number(process.argv[2] ?? 50);
const target = 'single_ring';
const plan = (mark) =>
  `pipeline orders\ningress in\nstage mask "replace:[0-9]+=${mark}"\negress out\nin -> mask -> out\n`;

const scratch = mkdtempSync(join(tmpdir(), 'byteor-bench-roll-back-'));
const install = await startInstall(root, scratch, true);
const compiler = await loadCompiler();
let cookie = '';

/** A call of the page's API, with the session's cookie. */
async function api(kind, procedure, input) {
  const json = input === undefined ? '' : JSON.stringify(input);
  const query = kind === 'query' && json ? `?input=${encodeURIComponent(json)}` : '';
  const response = await fetch(`${install.url}/trpc/${procedure}${query}`, {
    method: kind === 'query' ? 'GET' : 'POST',
    headers: {
      cookie,
      origin: new URL(install.url).origin,
      ...(kind === 'query' ? {} : { 'content-type': 'application/json' }),
    },
    ...(kind === 'query' ? {} : { body: json || '{}' }),
  });
  const set = response.headers.getSetCookie()[0];
  if (set) cookie = set.split(';')[0];
  const body = await response.json();
  if (body.error) throw new Error(`${procedure}: ${JSON.stringify(body.error)}`);
  return body.result.data;
}
const get = (deploymentId) => api('query', 'deployments.get', { deploymentId });

/** Asked for often, so that the figure is the product's and not the bench's. */
async function until(what, holds, seconds = 120) {
  const limit = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`${what}: not after ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

try {
  await api('mutation', 'session.signIn', { token: new URL(install.link).hash.slice(1) });
  const tree = await api('query', 'workspace.tree');
  const environment = tree.orgs[0].projects[0].environments.find((one) => one.posture === 'dev');
  const environmentId = environment.id;
  let agentId;
  await until(
    'the agent',
    async () => {
      const agents = await api('query', 'agents.list', { environmentId });
      agentId = agents.find((agent) => agent.status === 'online')?.id;
      return agentId;
    },
    1800,
  );
  const files = join(scratch, 'files');
  writeFileSync(join(files, 'bench.log'), 'order 1\n');
  const { compilerVersion } = await api('query', 'session.get');
  const ship = async (mark) => {
    const text = plan(mark);
    const draft = await api('mutation', 'drafts.create', {
      environmentId,
      name: 'bench',
      text,
      target,
      layout: {},
    });
    const { versionId } = await api('mutation', 'versions.create', {
      draftId: draft.draftId,
      revision: draft.revision,
      expectedSpecHash: compiler.compile(text, target).report?.spec_hash ?? '',
      compilerVersion,
    });
    const { config } = await api('query', 'bundles.suggest', { environmentId, versionId });
    const { bundleId } = await api('mutation', 'bundles.create', {
      environmentId,
      versionId,
      name: 'bench',
      config: {
        ...config,
        ingress: {
          ...config.ingress,
          path: join(files, 'bench.log'),
          mode: 'follow',
          start: 'start',
        },
        egress: { ...config.egress, path: join(files, 'bench.out') },
        reject: { path: join(files, 'bench.rejected') },
      },
    });
    const choice = { versionId, bundleId, agentIds: [agentId] };
    const { digest } = await api('query', 'deployments.preview', choice);
    const { deploymentId } = await api('mutation', 'deployments.create', {
      ...choice,
      expectedDigest: digest,
      comment: '',
    });
    await until('active', async () => (await get(deploymentId)).state === 'active');
    return deploymentId;
  };
  await ship('A');
  let current = await ship('B');
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // At any place between two heartbeats.
    await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1000));
    const from = performance.now();
    const { deploymentId } = await api('mutation', 'deployments.rollBack', {
      deploymentId: current,
      reason: 'bench',
    });
    await until('the old version', async () => {
      const { agents } = await get(deploymentId);
      return agents[0].running !== null;
    });
    times.push(performance.now() - from);
    current = deploymentId;
  }
  times.sort((a, b) => a - b);
  row(
    'roll back click to the old version running, as its agent proves it',
    `p50 ${ms(quantile(times, 0.5))}, p95 ${ms(quantile(times, 0.95))}, most ${ms(times.at(-1))}`,
    `${ROUNDS} times; aim 3 s p95`,
  );
} finally {
  await install.stop();
  rmSync(scratch, { recursive: true, force: true });
}
table();
