// `npm run bench:approve`: from the click on Approve until the agent is active, on an install with the
// embedded database and its local agents, over 50 deployments. Paste the table into docs/performance.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCompiler } from '../server/providers/compiler.ts';
import {
  ask,
  launchChromium,
  LOOK_MS,
  row,
  spread,
  startInstall,
  table,
  until,
} from './lib/bench.mjs';
import { root } from './lib/project.mjs';

const TIMES = Number(process.argv[2] ?? 50);
/** The deployment that ran before the one that is asked for. */
let before;
const target = 'single_ring';
const text = `pipeline orders
ingress in
stage json keep:^\\{
stage mask "replace:[0-9]+=#"
egress out
in -> json -> mask -> out
`;

const scratch = mkdtempSync(join(tmpdir(), 'byteor-bench-approve-'));
const install = await startInstall(root, scratch, true);
const browser = await launchChromium();
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const tab = await context.newPage();
  await tab.goto(install.link);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  const made = await prepare(tab);
  const times = [];
  for (let at = 0; at < TIMES; at++) times.push(await approveOne(tab, made, at));
  row(
    'approve click to agent active, embedded',
    spread(times),
    `${TIMES} times, asked every ${LOOK_MS} ms; aim 2 s p95`,
  );
} finally {
  await browser.close();
  await install.stop();
  rmSync(scratch, { recursive: true, force: true });
}
table();

/** A version in production, an agent that is there, and a setting that lets one person do both sides. */
async function prepare(tab) {
  const compiler = await loadCompiler();
  const specHash = compiler.compile(text, target).report?.spec_hash;
  const [org] = (await ask(tab, 'query', 'workspace.tree')).orgs;
  const environments = org.projects[0].environments;
  const { id: environmentId } = environments.find(({ posture }) => posture === 'prod');
  await ask(tab, 'mutation', 'environments.update', {
    environmentId,
    settings: { selfApproval: true },
  });
  const draft = await ask(tab, 'mutation', 'drafts.create', {
    environmentId,
    name: 'Orders',
    text,
    target,
    layout: {},
  });
  const { versionId } = await ask(tab, 'mutation', 'versions.create', {
    draftId: draft.draftId,
    revision: draft.revision,
    expectedSpecHash: specHash,
    compilerVersion: compiler.version,
  });
  const agent = await until(
    'the agent',
    async () =>
      (await ask(tab, 'query', 'agents.list', { environmentId })).find(
        ({ status }) => status === 'online',
      ),
    1800,
  );
  return { environmentId, versionId, agent };
}

/** Waits until agents prove a deployment. */
function runs(tab, deploymentId) {
  return until('a proof', async () => {
    const { health } = await ask(tab, 'query', 'deployments.get', { deploymentId });
    return health[0]?.health?.kind === 'running';
  });
}

/** Asks, opens the screen of the decision, and measures from the click on; in milliseconds. */
async function approveOne(tab, { environmentId, versionId, agent }, at) {
  const [folder] = agent.allowedRoots;
  writeFileSync(join(folder, 'orders.log'), '{"order":1}\n');
  const { config } = await ask(tab, 'query', 'bundles.suggest', { environmentId, versionId });
  // Another digest each time: an identical one would keep its approval.
  const { bundleId } = await ask(tab, 'mutation', 'bundles.create', {
    environmentId,
    versionId,
    name: `Orders ${at}`,
    config: {
      ...config,
      ingress: { ...config.ingress, path: join(folder, 'orders.log'), mode: 'follow' },
      egress: { ...config.egress, path: join(folder, `orders-${at}.out`) },
      reject: { path: join(folder, `orders-${at}.rejected`) },
    },
  });
  const choice = { versionId, bundleId, agentIds: [agent.id] };
  const { digest } = await ask(tab, 'query', 'deployments.preview', choice);
  const { deploymentId } = await ask(tab, 'mutation', 'deployments.create', {
    ...choice,
    expectedDigest: digest,
    comment: '',
  });
  const { approval } = await ask(tab, 'query', 'deployments.get', { deploymentId });
  // What runs there is on the page: it has to hold still, or the page asks to be read again.
  if (before) await runs(tab, before);
  before = deploymentId;
  await tab.goto(`${install.url}/approvals/${approval.id}`);
  await tab.locator('[data-check="match"]').waitFor();
  const four = digest.slice('sha256:'.length, 'sha256:'.length + 4);
  await tab.getByLabel('Type its first four characters to approve').fill(four);
  const button = tab.getByRole('button', { name: new RegExp(`^Approve ${four} `) });
  await tab.locator('button.approve:not([aria-disabled])').waitFor();
  // Both ends by the page's own clock.
  await button.evaluate((element) => {
    element.addEventListener('click', () => (globalThis.clickedAt = performance.now()));
  });
  await button.click();
  return tab.evaluate(
    async ({ deploymentId, lookMs }) => {
      const input = encodeURIComponent(JSON.stringify({ deploymentId }));
      for (;;) {
        const { result } = await (await fetch(`/trpc/deployments.get?input=${input}`)).json();
        const { state } = result.data;
        if (state === 'active') return performance.now() - globalThis.clickedAt;
        if (state === 'failed' || state === 'denied') throw new Error(`it is ${state}`);
        await new Promise((resolve) => setTimeout(resolve, lookMs));
      }
    },
    { deploymentId, lookMs: LOOK_MS },
  );
}
