// `npm run bench`: figures of this machine, as ratios within one run. Paste them into docs/performance.md.
//   npm run bench               everything
//   npm run bench -- compile    only the named parts: compile, ring, page, start, size
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { brotliCompressSync, constants } from 'node:zlib';
import { childEnv, root } from './lib/project.mjs';
import { must } from './lib/run.mjs';
import { buildPage, generateClient, installPackages, withSetupLock } from './lib/setup.mjs';

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);
const rows = [];
const row = (what, figure, against = '') => {
  rows.push([what, figure, against]);
  console.log(`${what}: ${figure}${against ? ` (${against})` : ''}`);
};
const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const kB = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
const median = (values) =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
const scratch = mkdtempSync(join(tmpdir(), 'byteor-bench-'));

await withSetupLock(console.log, async () => {
  await installPackages(console.log);
  await generateClient(console.log);
  await buildPage(console.log);
});

try {
  if (wants('size')) wasmSize();
  if (wants('compile')) await compile();
  if (wants('ring')) await ring();
  if (wants('page')) await page();
  if (wants('start')) await start();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

const cpu = cpus();
console.log(
  `\nMachine: ${cpu.length} × ${cpu[0]?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ` +
    `${process.platform} ${process.arch}\n`,
);
console.log('| what | figure | against |\n| --- | --- | --- |');
for (const [what, figure, against] of rows) console.log(`| ${what} | ${figure} | ${against} |`);

/** A LaneGraph plan of a chain of masking stages, of about `lines` lines. */
function largePlan(lines) {
  const stages = Math.floor((lines - 5) / 2);
  const names = Array.from({ length: stages }, (_, index) => `mask_${index}`);
  const chain = ['in', ...names, 'out'];
  return [
    'pipeline large',
    'ingress in',
    ...names.map((name, index) => `stage ${name} "replace:[a-z]+${index}@[a-z.]+=***"`),
    'egress out',
    ...chain.slice(1).map((name, index) => `${chain[index]} -> ${name}`),
    '',
  ].join('\n');
}

function wasmSize() {
  const bytes = readFileSync(join(root, 'wasm/pkg/byteor_pipeline_wasm_bg.wasm'));
  row('WebAssembly package, raw', kB(bytes.length));
  row('WebAssembly package, brotli', kB(brotli(bytes)));
}

async function compile() {
  const plan = join(scratch, 'large.plan');
  writeFileSync(plan, largePlan(1000));
  const example = [
    'run',
    '--quiet',
    '--release',
    '-p',
    'byteor-pipeline-wasm',
    '--example',
    'compile_time',
  ];
  await must('cargo', [
    'build',
    '--quiet',
    '--release',
    '-p',
    'byteor-pipeline-wasm',
    '--example',
    'compile_time',
  ]);
  const wasm = await import(join(root, 'wasm/pkg/byteor_pipeline_wasm.js'));
  wasm.initSync({ module: readFileSync(join(root, 'wasm/pkg/byteor_pipeline_wasm_bg.wasm')) });
  const request = JSON.stringify({ text: readFileSync(plan, 'utf8'), target: 'lane_graph' });
  const answer = JSON.parse(wasm.compile(request));
  if (!answer.ok || !answer.value.report) throw new Error('the bench plan does not compile');
  const natives = [];
  const wasms = [];
  const ratios = [];
  for (let round = 0; round < 5; round += 1) {
    const times = [];
    for (let i = 0; i < 30; i += 1) {
      const from = performance.now();
      wasm.compile(request);
      times.push(performance.now() - from);
    }
    const native = JSON.parse(
      (await must('cargo', [...example, '--', plan, 'lane_graph', '30'])).stdout,
    );
    natives.push(native.median_us / 1000);
    wasms.push(median(times));
    ratios.push(median(times) / (native.median_us / 1000));
  }
  row('compile of a 1,000-line plan, native', `${median(natives).toFixed(2)} ms`);
  row(
    'compile of a 1,000-line plan, WebAssembly',
    `${median(wasms).toFixed(2)} ms`,
    `${median(ratios).toFixed(2)} × native, median of 5 pairs`,
  );
}

async function ring() {
  const { stdout } = await must('cargo', [
    ...[
      'run',
      '--quiet',
      '--release',
      '-p',
      'byteor-pipeline-exec',
      '--example',
      'ring_throughput',
    ],
    ...['--', '--json'],
  ]);
  for (const line of JSON.parse(stdout).cases) {
    row(
      `SingleRing over shared memory, ${line.stages} stage(s) (${line.name})`,
      `${(line.ring_records_per_s / 1e6).toFixed(2)} M records/s`,
      `${line.ring_to_loop} of the same stages called in a loop`,
    );
  }
}

/** Starts an install and answers how long it took until `ready`, and how to end it. */
async function startInstall(cwd, dataDir, agents) {
  const from = performance.now();
  const child = spawn('npm', ['start'], {
    cwd,
    env: childEnv({
      BYTEOR_DATA_DIR: dataDir,
      BYTEOR_CLOUD_API_BIND_ADDR: '127.0.0.1:0',
      BYTEOR_CLOUD_LOCAL_AGENTS: String(agents),
    }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = [];
  const [url, link] = await new Promise((resolve, reject) => {
    let signIn = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line);
      signIn ||= /https?:\S+sign-in\?token=\S+/.exec(line)?.[0] ?? '';
      if (line.startsWith('ready ')) resolve([line.slice('ready '.length), signIn]);
    });
    child.on('exit', (code) =>
      reject(new Error(`npm start ended with ${code}\n${said.join('\n')}`)),
    );
  });
  return {
    took: performance.now() - from,
    url,
    link,
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.on('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

async function page() {
  const { chromium } = await import('playwright');
  const { chromium: findChromium } = await import('./lib/tools.mjs');
  const install = await startInstall(root, join(scratch, 'page-data'), false);
  const browser = await chromium.launch({
    executablePath: await findChromium(console.log),
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    // Watches what goes to workers and comes back, without a change to the product.
    await context.addInitScript(() => {
      const samples = (globalThis.benchSamples = []);
      let key = 0;
      addEventListener('keydown', (event) => (key = event.timeStamp), true);
      const Real = globalThis.Worker;
      globalThis.Worker = class extends Real {
        constructor(...args) {
          super(...args);
          const waiting = new Map();
          const post = this.postMessage.bind(this);
          this.postMessage = (message, ...rest) => {
            if (message?.argumentList?.[0]?.value === 'compile') waiting.set(message.id, key);
            return post(message, ...rest);
          };
          this.addEventListener('message', ({ data }) => {
            const from = waiting.get(data?.id);
            waiting.delete(data?.id);
            if (from) samples.push(performance.now() - from);
          });
        }
      };
    });
    const tab = await context.newPage();
    await tab.goto(install.link);
    await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    const draftId = await tab.evaluate(async (text) => {
      const tree = await (await fetch('/trpc/workspace.tree')).json();
      const environmentId = tree.result.data.orgs[0].projects[0].environments[0].id;
      const made = await fetch('/trpc/drafts.create', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          environmentId,
          name: 'Large',
          text,
          target: 'lane_graph',
          layout: {},
        }),
      });
      return (await made.json()).result.data.draftId;
    }, largePlan(1000));

    // A tab of its own, so that every script is asked for anew.
    const fresh = await context.newPage();
    const scripts = [];
    fresh.on('response', (response) => {
      if (/\.js$/.test(new URL(response.url()).pathname)) scripts.push(response.body());
    });
    await fresh.goto(`${install.url}/drafts/${draftId}`);
    await fresh.locator('html[data-ready=true]').waitFor();
    await fresh.getByRole('heading', { name: 'Outline' }).waitFor();
    await fresh.waitForTimeout(3000);
    const bodies = await Promise.all(scripts);
    row(
      'editor route’s JavaScript without Monaco, raw',
      kB(bodies.reduce((sum, one) => sum + one.length, 0)),
    );
    row(
      'editor route’s JavaScript without Monaco, brotli',
      kB(bodies.reduce((sum, one) => sum + brotli(one), 0)),
    );

    const toggle = fresh.getByRole('button', { name: 'Text', exact: true });
    if ((await toggle.getAttribute('aria-pressed')) !== 'true') await toggle.click();
    const lines = fresh.locator('.monaco-editor .view-lines').first();
    await lines.waitFor({ timeout: 60_000 });
    await fresh.locator('.monaco-editor').first().click();
    await fresh.keyboard.press('ControlOrMeta+Home');
    await fresh.keyboard.press('End');
    await fresh.keyboard.type(' # ');
    await fresh.evaluate(() => (globalThis.benchSamples.length = 0));
    await fresh.keyboard.type('typing at ten keys a second, the way people do. '.repeat(4), {
      delay: 100,
    });
    await fresh.waitForTimeout(1000);
    const samples = (await fresh.evaluate(() => globalThis.benchSamples)).toSorted((a, b) => a - b);
    if (samples.length < 50)
      throw new Error(`only ${samples.length} keystrokes reached the compiler`);
    row(
      'keystroke to diagnostics, 1,000 lines, through the worker',
      `p50 ${quantile(samples, 0.5).toFixed(1)} ms, p99 ${quantile(samples, 0.99).toFixed(1)} ms`,
      `${samples.length} keystrokes at 10 a second`,
    );
  } finally {
    await browser.close();
    await install.stop();
  }
}

async function start() {
  const clone = join(scratch, 'clone');
  await must('git', ['clone', '--quiet', root, clone]);
  const data = join(scratch, 'start-data');
  const first = await startInstall(clone, data, true);
  await first.stop();
  const second = await startInstall(clone, data, true);
  await second.stop();
  row('npm start to ready, fresh clone', `${(first.took / 1000).toFixed(1)} s`);
  row(
    'npm start to ready, second time',
    `${(second.took / 1000).toFixed(1)} s`,
    `${(second.took / first.took).toFixed(3)} of the first`,
  );
}
