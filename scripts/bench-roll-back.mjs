// `npm run bench:roll-back`: from the click on "Roll back" until the agent proves that the old version
// runs, with a real agent, back and forth between two versions. Paste the table into docs/performance.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCompiler } from '../server/providers/compiler.ts';
import { LOOK_MS, openClient, row, spread, startInstall, table, until } from './lib/bench.mjs';
import { root } from './lib/project.mjs';

const ROUNDS = Number(process.argv[2] ?? 50);
const target = 'single_ring';
const plan = (mark) =>
  `pipeline orders\ningress in\nstage mask "replace:[0-9]+=${mark}"\negress out\nin -> mask -> out\n`;

const scratch = mkdtempSync(join(tmpdir(), 'byteor-bench-roll-back-'));
const install = await startInstall(root, scratch, true);
const compiler = await loadCompiler();

try {
  const api = await openClient(install);
  const get = (deploymentId) => api('query', 'deployments.get', { deploymentId });
  const tree = await api('query', 'workspace.tree');
  const environment = tree.orgs[0].projects[0].environments.find((one) => one.posture === 'dev');
  const environmentId = environment.id;
  const { id: agentId } = await until(
    'the agent',
    async () =>
      (await api('query', 'agents.list', { environmentId })).find(
        ({ status }) => status === 'online',
      ),
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
  /** From the click on, by what came then. */
  const times = {
    /** @type {number[]} */ answered: [],
    /** @type {number[]} */ active: [],
    /** @type {number[]} */ running: [],
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    // At any place between two heartbeats.
    await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1000));
    const from = performance.now();
    const { deploymentId } = await api('mutation', 'deployments.rollBack', {
      deploymentId: current,
      reason: 'bench',
    });
    times.answered.push(performance.now() - from);
    let active = 0;
    await until('the old version', async () => {
      const { state, agents, failure } = await get(deploymentId);
      if (failure) throw new Error(`the roll back failed: ${failure.code}`);
      if (state === 'active') active ||= performance.now() - from;
      return agents[0].running !== null;
    });
    times.running.push(performance.now() - from);
    times.active.push(active || performance.now() - from);
    current = deploymentId;
  }
  const about = `${ROUNDS} times, asked every ${LOOK_MS} ms`;
  row('roll back click to its answer', spread(times.answered), about);
  row('roll back click to the agent saying that it is active', spread(times.active), about);
  row(
    'roll back click to the old version running, as its agent proves it',
    spread(times.running),
    `${about}; aim 3 s p95`,
  );
} finally {
  await install.stop();
  rmSync(scratch, { recursive: true, force: true });
}
table();
