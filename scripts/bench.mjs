// `npm run bench`: figures of this machine, as ratios within one run. Paste them into docs/performance.md.
// The compiler has a bench of its own: `npm run bench:compiler`.
//   npm run bench               everything
//   npm run bench -- ring       only the named parts: ring, file, page, start
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  brotli,
  kB,
  largePlan,
  launchChromium,
  makeDraft,
  row,
  startInstall,
  table,
} from './lib/bench.mjs';
import { root } from './lib/project.mjs';
import { must } from './lib/run.mjs';
import { buildPage, generateClient, installPackages, withSetupLock } from './lib/setup.mjs';

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);
const scratch = mkdtempSync(join(tmpdir(), 'byteor-bench-'));

try {
  if (wants('ring')) await ring();
  if (wants('file')) await file();
  if (wants('page')) await page();
  if (wants('start')) await start();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

table();

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

async function file() {
  await must('cargo', [
    ...['build', '--quiet', '--release', '-p', 'byteor-edgeplane', '--bins', '--examples'],
  ]);
  const program = join(root, 'target/release/examples/file_to_file');
  const { stdout } = await must(program, ['--json', `--dir=${scratch}`]);
  const { bytes, rounds, deployed_per_s, ratio, disk_of_loop } = JSON.parse(stdout);
  row(
    `EdgePlane from file to file, three stages, ${bytes} B, median of ${rounds}`,
    `${(deployed_per_s / 1e6).toFixed(2)} M records/s`,
    `${ratio} of the same stages in a loop over the same files; aim 0.5; the disk alone ${disk_of_loop} of that loop's time`,
  );
}

async function page() {
  await withSetupLock(console.log, async () => {
    await installPackages(console.log);
    await generateClient(console.log);
    await buildPage(console.log);
  });
  const install = await startInstall(root, join(scratch, 'page-data'), false);
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const draftId = await makeDraft(context, install, await largePlan('chain', 1000));
    // A tab of its own, so that every script is asked for anew.
    const fresh = await context.newPage();
    const scripts = [];
    fresh.on('response', (response) => {
      if (/\.js$/.test(new URL(response.url()).pathname)) scripts.push(response.body());
    });
    await fresh.goto(`${install.url}/drafts/${draftId}`);
    await fresh.locator('html[data-ready=true]').waitFor();
    await fresh.getByTestId('canvas').waitFor();
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
