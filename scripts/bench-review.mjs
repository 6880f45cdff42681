// `npm run bench:review`: how fast a comparison of 1,000 changes opens, and how fast one goes to the
// next. Paste the table into docs/performance.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  launchChromium,
  makeDraft,
  median,
  ms,
  quantile,
  row,
  startInstall,
  table,
} from './lib/bench.mjs';
import { root } from './lib/project.mjs';
import { buildPage, generateClient, installPackages, withSetupLock } from './lib/setup.mjs';

const STAGES = 1200;
const CHANGED = 1000;
const ROUNDS = 5;
const STEPS = 40;
const COLUMNS = 30;
const scratch = mkdtempSync(join(tmpdir(), 'byteor-bench-'));

/** A chain of stages; in the first `changed` of them another key. */
function plan(changed) {
  const ids = Array.from({ length: STAGES }, (_, at) => `s${at}`);
  return [
    'pipeline large',
    'ingress in',
    ...ids.map((id, at) => `stage ${id} keep:${at < changed ? 'b' : 'a'}${at}`),
    'egress out',
    ...['in', ...ids].map((id, at) => `${id} -> ${ids[at] ?? 'out'}`),
    '',
  ].join('\n');
}

const layout = {
  v: 2,
  direction: 'down',
  nodes: Object.fromEntries(
    ['in', ...Array.from({ length: STAGES }, (_, at) => `s${at}`), 'out'].map((id, at) => [
      id,
      { x: (at % COLUMNS) * 290, y: Math.floor(at / COLUMNS) * 110 },
    ]),
  ),
  notes: {},
  groups: {},
};

await withSetupLock(console.log, async () => {
  await installPackages(console.log);
  await generateClient(console.log);
  await buildPage(console.log);
});
const install = await startInstall(root, join(scratch, 'data'), false);
const browser = await launchChromium();
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const before = await makeDraft(context, install, plan(0), layout);
  const after = await second(context, plan(CHANGED));
  const opened = [];
  const next = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const tab = await context.newPage();
    // The page as somebody has it who comes from another one: its code is there already.
    await tab.goto(`${install.url}/compare`);
    await tab.locator('html[data-ready=true]').waitFor();
    await tab.goto(`${install.url}/compare?from=draft:${before}&to=draft:${after}`);
    await tab.locator('[role="listitem"]').first().waitFor();
    await tab.waitForFunction(
      () =>
        // So wide a plan begins at its first change, with nodes as near as letters can be read.
        document.querySelectorAll('.svelte-flow__node').length > 0 &&
        document.querySelectorAll('.line').length > 0,
    );
    opened.push(await tab.evaluate(() => performance.now()));
    await tab.waitForTimeout(1500);
    next.push(...(await tab.evaluate(stepThrough, STEPS)));
    await tab.close();
  }
  const counted = next.toSorted((a, b) => a - b);
  row(
    `a comparison of ${CHANGED} changes of ${STAGES} stages, from its address to all three panes`,
    ms(median(opened)),
    'aim 2,000 ms',
  );
  row(
    'the next change, until it is shown on all three panes',
    `p50 ${ms(quantile(counted, 0.5))}, p95 ${ms(quantile(counted, 0.95))}`,
    'aim 100 ms',
  );
} finally {
  await browser.close();
  await install.stop();
  rmSync(scratch, { recursive: true, force: true });
}
table();

/** Another draft beside the first; the context is signed in by now. */
async function second(context, text) {
  const tab = await context.newPage();
  await tab.goto(install.url);
  const id = await tab.evaluate(
    async ({ text, layout }) => {
      const tree = await (await fetch('/trpc/workspace.tree')).json();
      const environmentId = tree.result.data.orgs[0].projects[0].environments[0].id;
      const made = await fetch('/trpc/drafts.create', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ environmentId, name: 'After', text, target: 'lane_graph', layout }),
      });
      return (await made.json()).result.data.draftId;
    },
    { text, layout },
  );
  await tab.close();
  return id;
}

/** Presses J, and measures until two frames behind it are drawn. Runs in the page. */
async function stepThrough(steps) {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const times = [];
  let last = '';
  for (let at = 0; at < steps; at += 1) {
    const from = performance.now();
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }));
    await frame();
    await frame();
    times.push(performance.now() - from);
    const now = document.querySelector('[aria-current]')?.textContent ?? '';
    if (now === last) throw new Error('J went nowhere');
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  return times;
}
