// `npm run bench:live`: how the page of a running deployment keeps up with its agents: a graph of 1,000
// stages, two agents that each report every second, so two updates a second. Paste the table into
// docs/performance.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCompiler } from '../server/providers/compiler.ts';
import {
  ask,
  launchChromium,
  makeDraft,
  ms,
  quantile,
  row,
  startInstall,
  table,
} from './lib/bench.mjs';
import { root } from './lib/project.mjs';

const STAGES = 1000;
const WATCHED_MS = 30_000;
const target = 'lane_graph';

const ids = Array.from({ length: STAGES }, (_, at) => `s${at}`);
const way = ['in', ...ids, 'out'];
const text = [
  'pipeline bench\n\ningress in\n',
  ...ids.map((id, at) => `stage ${id} ${at % 3 === 0 ? `keep:a${at}` : 'identity'}\n`),
  'egress out\n\n',
  ...way.slice(1).map((to, at) => `${way[at]} -> ${to}\n`),
].join('');

const scratch = mkdtempSync(join(tmpdir(), 'byteor-bench-live-'));
const install = await startInstall(root, scratch, false);
const browser = await launchChromium();
const timers = [];
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const draftId = await makeDraft(context, install, text);
  const tab = await context.newPage();
  await tab.goto(install.url);
  const deploymentId = await deploy(tab, draftId);
  await tab.goto(`${install.url}/deployments/${deploymentId}`);
  await tab.getByTestId('canvas').waitFor({ timeout: 120_000 });
  await tab.locator('[data-counter="in"]').waitFor({ timeout: 60_000 });
  await watch(tab, 'all 1,000 stages in view');
  await tab.getByRole('button', { name: /^Zoom, / }).click();
  await watch(tab, 'at full size');
  await tab.getByRole('radio', { name: 'Lag' }).check();
  await watch(tab, 'lags at full size');
} finally {
  timers.forEach(clearInterval);
  await browser.close();
  await install.stop();
  rmSync(scratch, { recursive: true, force: true });
}
table();

/**
 * What one look costs, once what opened it has settled: the tasks of the page's main thread, by the
 * processor's time, because time on the wall is the machine's other work too.
 */
async function watch(tab, what) {
  await tab.waitForTimeout(5_000);
  const counter = () => tab.locator('[data-counter="in"]').innerText();
  const before = Number(plain(await counter()));
  const tasks = await tasksOf(tab, WATCHED_MS);
  const after = Number(plain(await counter()));
  if (after <= before) throw new Error(`the page stands still: ${before}, ${after}`);
  const sorted = tasks.toSorted((a, b) => a - b);
  const long = sorted.filter((took) => took > 50).length;
  row(
    `live page, ${what}: tasks over 50 ms of processor time in ${WATCHED_MS / 1000} s of two updates a second`,
    String(long),
    `aim 0; longest ${ms(quantile(sorted, 1))}, ${ms(sorted.reduce((sum, took) => sum + took, 0) / (WATCHED_MS / 500))} an update in all`,
  );
}

/** Processor time (ms) of each task of the page's main thread while `forMs` go by. */
async function tasksOf(tab, forMs) {
  const session = await tab.context().newCDPSession(tab);
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', '__metadata'] },
  });
  await tab.waitForTimeout(forMs);
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  const main = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events.filter(
    ({ name, pid, tid }) => name.endsWith('RunTask') && main.has(`${pid} ${tid}`),
  );
  if (tasks.length === 0) throw new Error('the trace has no task of the main thread');
  return tasks.map(({ tdur = 0 }) => tdur / 1000);
}

function plain(words) {
  return words.replaceAll(',', '');
}

/** Makes a version of the draft, enrols two agents, and deploys it to both. */
async function deploy(tab, draftId) {
  const compiler = await loadCompiler();
  const specHash = compiler.compile(text, target).report?.spec_hash;
  if (!specHash) throw new Error('the plan of the bench doesn’t compile');
  const tree = await ask(tab, 'query', 'workspace.tree');
  const [org] = tree.orgs;
  const [project] = org.projects;
  const environmentId = project.environments[0].id;
  const { versionId } = await ask(tab, 'mutation', 'versions.create', {
    draftId,
    revision: 1,
    expectedSpecHash: specHash,
    compilerVersion: compiler.version,
  });
  const agentIds = [];
  for (const [at, name] of ['edge-1', 'edge-2'].entries()) {
    agentIds.push(await agent(tab, { org, project, environmentId }, name, at * 500));
  }
  const { config } = await ask(tab, 'query', 'bundles.suggest', { environmentId, versionId });
  const { bundleId } = await ask(tab, 'mutation', 'bundles.create', {
    environmentId,
    versionId,
    name: 'bench',
    config,
  });
  const choice = { versionId, bundleId, agentIds };
  const { digest, refusals } = await ask(tab, 'query', 'deployments.preview', choice);
  if (refusals.length > 0) throw new Error(JSON.stringify(refusals));
  const { deploymentId } = await ask(tab, 'mutation', 'deployments.create', {
    ...choice,
    expectedDigest: digest,
    comment: '',
  });
  return deploymentId;
}

/** An agent that reports every second, `late` after the others, that it runs what is desired. */
async function agent(tab, { org, project, environmentId }, name, late) {
  const { token } = await ask(tab, 'mutation', 'enrollmentTokens.create', { environmentId });
  const about = {
    agent_version: '0.1.0',
    protocol_version: 1,
    spec_features: ['single_ring', 'lane_graph'],
    statement_versions: [1, 2],
    allowed_roots: ['/var/lib/byteor'],
  };
  const post = async (path, key, body) => {
    const answer = await fetch(`${install.url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { agent_id, runtime_key } = await post(
    `/orgs/${org.id}/projects/${project.id}/environments/${environmentId}/agents`,
    token,
    { name, host_name: name, ...about },
  );
  const began = new Date().toISOString();
  let desired = [];
  let beats = 0;
  const beat = async () => {
    beats += 1;
    const slots = desired
      .filter((one) => one.state === 'run')
      .map((one) => ({
        slot: one.slot,
        running: {
          deployment_id: one.deployment_id,
          deployment_digest: '',
          epoch: one.epoch,
          bundle_hash: one.bundle_hash,
          since: began,
          activated_at: began,
        },
        attempted: {
          deployment_id: one.deployment_id,
          epoch: one.epoch,
          phase: 'active',
          at: began,
        },
        snapshot: snapshotAt(beats),
        last_words: [],
      }));
    const answer = await post(`/agents/${agent_id}/heartbeat`, runtime_key, {
      ...about,
      key_set_digest: '',
      sent_at: new Date().toISOString(),
      slots,
    });
    desired = answer.desired;
  };
  await beat();
  setTimeout(() => timers.push(setInterval(() => void beat().catch(console.error), 1000)), late);
  return agent_id;
}

/** What a graph of that size would have counted after so many seconds; each number changes. */
function snapshotAt(seconds) {
  const records = seconds * 8000;
  const left = (at) => Math.round(records * (1 - at / (2 * STAGES)));
  return {
    kind: 'lane_graph',
    v: 2,
    counters: {
      records_in: records,
      records_out: left(STAGES),
      dropped: records - left(STAGES),
      rejected: seconds,
      bytes_in: records * 80,
      bytes_out: records * 60,
    },
    lanes: Array.from({ length: STAGES + 1 }, (_, at) => ({
      index: at,
      capacity: 1024,
      published: left(at),
      depth: (at * 7 + seconds * 13) % 400,
      dropped: 0,
      readers: [{ read: left(at), lag: (at * 7 + seconds * 13) % 400 }],
    })),
    roles: Array.from({ length: STAGES }, (_, at) => ({
      index: at,
      processed: left(at),
      dropped: left(at) - left(at + 1),
      rejected: at % 100 === 0 ? seconds : 0,
    })),
    generation: '00000000000000ab',
  };
}
