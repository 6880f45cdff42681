// `npm test`: installs what the tests need, then runs everything and counts.
//   npm test                everything
//   npm test -- rust web    only the named parts: rust, fuzz, web, server, e2e
// Two lanes run side by side (Rust; page and server), then the browser specs over the built product.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rustChecks, webChecks } from './lib/checks.mjs';
import { cacheDir, node24, root } from './lib/project.mjs';
import { capture, must, seconds, works } from './lib/run.mjs';
import { buildPage, generateClient, installPackages, withSetupLock } from './lib/setup.mjs';

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);
const reports = join(cacheDir, 'reports');
const started = performance.now();
const totals = { passed: 0, failed: 0 };
const steps = [];
const say = (text) => console.log(text);
// Leaving by `exit` ends what runs, see scripts/lib/run.mjs.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

if (!(await works('cargo'))) {
  console.error(
    'The tests need a Rust toolchain: install it from https://rustup.rs, then run npm test again.',
  );
  process.exit(1);
}
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
await withSetupLock(say, async () => {
  await installPackages(say);
  await generateClient(say);
});

// Tools are looked for after the packages are there, and before the lanes start.
const { chromium, graphviz, postgresBin } = await import('./lib/tools.mjs');
const browser = wants('web') || wants('e2e') ? await chromium(say) : '';
const postgres = wants('server') ? await postgresBin(say) : '';
// The Rust tests look for it themselves.
if (wants('rust')) await graphviz(say);
const env = {
  BYTEOR_TEST_CHROMIUM: browser,
  BYTEOR_TEST_POSTGRES_BIN: postgres,
  CI: process.env.CI ?? '',
};

const vitest = join(root, 'node_modules/vitest/vitest.mjs');

await Promise.all([rustLane(), webLane()]);
if (wants('e2e')) await browserSpecs();

say('');
for (const { title, time, passed, failed } of steps) {
  say(
    `${failed ? 'FAILED' : 'ok    '} ${title.padEnd(48)} ${time.padStart(9)}  ${passed} passed, ${failed} failed`,
  );
}
say(`Everything took ${seconds(started)}.`);
say(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

async function rustLane() {
  if (wants('rust') || wants('web')) await wasmPackage();
  if (wants('rust')) {
    for (const check of rustChecks) await lint(check);
    await step('Rust tests', async () => {
      const result = await capture('cargo', ['test', '--locked', '--workspace', '--no-fail-fast']);
      const counts = { passed: 0, failed: 0 };
      for (const match of result.output.matchAll(
        /^test result: \w+\. (\d+) passed; (\d+) failed/gm,
      )) {
        counts.passed += Number(match[1]);
        counts.failed += Number(match[2]);
      }
      if (result.code !== 0 && counts.failed === 0) counts.failed = 1;
      return { ...counts, output: result.code === 0 ? '' : failuresOf(result.output) };
    });
  }
  if (wants('rust') || wants('fuzz')) {
    await step('Corpora answer in WebAssembly as natively', async () => {
      const result = await capture(node24, ['scripts/replay.mjs']);
      return verdict(result, result.output.trim().split('\n').at(-1));
    });
  }
  if (wants('fuzz')) {
    await step('Fuzzing, a minute', async () => {
      const result = await capture(node24, ['scripts/fuzz.mjs', '--seconds', '60']);
      return verdict(result, result.output.trim().split('\n').at(-1));
    });
  }
  if (wants('e2e')) {
    await step('Native binaries', async () => {
      const result = await capture('cargo', [
        'build',
        '--locked',
        '--release',
        ...['byteor-agent', 'byteor-edgeplane', 'byteor-runtime'].flatMap((name) => ['-p', name]),
      ]);
      return verdict(result);
    });
  }
}

async function webLane() {
  if (wants('web')) for (const check of webChecks) await lint(check);
  if (wants('web')) {
    await step('Unit and component tests', () =>
      vitestRun(['run', '--project', 'unit', '--project', 'browser'], 'unit', {}),
    );
  }
  if (wants('server')) {
    await step('Server tests on PGlite', () =>
      vitestRun(['run', '--config', 'server/vitest.config.ts'], 'server-pglite', {}),
    );
    await step('Server tests on PostgreSQL', async () => {
      const { startPostgres } = await import('./postgres.mjs');
      const database = await startPostgres({ bin: postgres });
      try {
        return await vitestRun(['run', '--config', 'server/vitest.config.ts'], 'server-postgres', {
          BYTEOR_TEST_DATABASE_URL: database.url,
        });
      } finally {
        await database.stop();
      }
    });
  }
  if (wants('e2e')) {
    await step('Page build', async () => {
      await withSetupLock(say, () => buildPage(() => undefined));
      return { passed: 1, failed: 0, output: '' };
    });
  }
}

/** Rebuilds the WebAssembly package and holds it against the committed one (design decision 9). */
async function wasmPackage() {
  await step('WebAssembly package is current', async () => {
    const result = await capture(node24, ['scripts/wasm.mjs', '--check']);
    return verdict(result, result.output.trim().split('\n').at(-1));
  });
}

async function browserSpecs() {
  await step('Browser specs', async () => {
    const file = join(reports, 'e2e.json');
    const result = await capture(
      node24,
      [
        join(root, 'node_modules/playwright/cli.js'),
        'test',
        '--config',
        'e2e/playwright.config.ts',
        '--reporter=list,json',
      ],
      { env: { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: file } },
    );
    if (!existsSync(file)) return { passed: 0, failed: 1, output: result.output };
    const { stats } = JSON.parse(readFileSync(file, 'utf8'));
    const failed = stats.unexpected + (result.code !== 0 && stats.unexpected === 0 ? 1 : 0);
    return { passed: stats.expected + stats.flaky, failed, output: failed ? result.output : '' };
  });
}

async function vitestRun(args, name, extra) {
  const file = join(reports, `${name}.json`);
  const result = await capture(
    node24,
    [vitest, ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { env: { ...env, ...extra } },
  );
  if (!existsSync(file)) return { passed: 0, failed: 1, output: result.output };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const failed = report.numFailedTests + (report.numFailedTests === 0 && result.code !== 0 ? 1 : 0);
  return { passed: report.numPassedTests, failed, output: failed ? result.output : '' };
}

async function lint(check) {
  await step(check.title, async () => {
    if (check.complaints) {
      const complaints = check.complaints();
      return {
        passed: complaints.length ? 0 : 1,
        failed: complaints.length ? 1 : 0,
        output: complaints.join('\n'),
      };
    }
    if (check.before) await must(check.before[0], check.before.slice(1));
    return verdict(await capture(check.command[0], check.command.slice(1)));
  });
}

function verdict(result, note = '') {
  return result.code === 0
    ? { passed: 1, failed: 0, output: '', note }
    : { passed: 0, failed: 1, output: result.output || `ended with ${result.code}` };
}

async function step(title, work) {
  const from = performance.now();
  let result;
  try {
    result = await work();
  } catch (error) {
    result = { passed: 0, failed: 1, output: error.stack ?? String(error) };
  }
  const time = seconds(from);
  totals.passed += result.passed;
  totals.failed += result.failed;
  steps.push({ title, time, ...result });
  say(`${result.failed ? 'FAILED' : 'ok    '} ${title} (${time}) ${result.note ?? ''}`.trimEnd());
  if (result.failed) say(result.output.split('\n').slice(-400).join('\n'));
}

/** The failing tests of a cargo run, without the pages of passing ones. */
function failuresOf(output) {
  return output
    .split('\n')
    .filter((line) => !/^test .* \.\.\. ok$|^\s*(Compiling|Running|Doc-tests|Finished)/.test(line))
    .join('\n');
}
