// `npm test`: installs what the tests need, then runs everything and counts.
//   npm test                everything
//   npm test -- rust web    only the named parts: rust, instruments, fuzz, web, server, e2e
// Two jobs run side by side, then the browser specs over the built product.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { rustChecks, webChecks } from './lib/checks.mjs';
import { instruments } from './lib/instruments.mjs';
import { cacheDir, node24, root } from './lib/project.mjs';
import { editorRouteSize, overRouteBudget } from './lib/route-size.mjs';
import { capture, must, seconds, works } from './lib/run.mjs';
import { runners } from './lib/rust-suites.mjs';
import { buildPage, generateClient, installPackages, withSetupLock } from './lib/setup.mjs';

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);
const reports = join(cacheDir, 'reports');
const started = performance.now();
const totals = { passed: 0, failed: 0 };
const steps = [];
/** What failed, by name: said once more at the end, where a long log is read first. */
const failures = [];
/** Test files and suites with the time that each took, for the slowest ten. */
const slow = [];
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
const { adapterServers, chromium, graphviz, postgresBin, valgrind } =
  await import('./lib/tools.mjs');
const browser = wants('web') || wants('e2e') ? await chromium(say) : '';
const postgres = wants('server') || wants('e2e') ? await postgresBin(say) : '';
// The Rust tests look for it themselves.
if (wants('rust')) await graphviz(say);
if (wants('rust') || wants('e2e')) await adapterServers(say);
if (wants('instruments')) await valgrind(say);
const env = {
  BYTEOR_TEST_CHROMIUM: browser,
  BYTEOR_TEST_POSTGRES_BIN: postgres,
  CI: process.env.CI ?? '',
};

// Of no use where everything is built once: panics say their line without debug information too.
if (process.env.CI) {
  process.env.CARGO_INCREMENTAL ??= '0';
  process.env.CARGO_PROFILE_DEV_DEBUG ??= '0';
}
process.env.BYTEOR_NATIVE_PROFILE = 'test';

/**
 * What cargo builds the workspace with where everything is built once: the compiler that is clippy as well.
 * A clippy of its own compiles all dependencies a second time, a third of what the build takes.
 */
const linted = /** @type {Record<string, string>} */ (
  process.env.CI ? { RUSTC_WORKSPACE_WRAPPER: 'clippy-driver' } : {}
);

/**
 * Random tests draw the same cases here each time, so that a run says something about the change and
 * not about luck. `cargo test` and `npm run fuzz` by themselves draw new ones (docs/verification.md).
 */
const seed = '20261129';

const vitest = join(root, 'node_modules/vitest/vitest.mjs');

await runSideBySide(jobs(), 2);

say('');
for (const { title, time, passed, failed } of steps) {
  say(
    `${failed ? 'FAILED' : 'ok    '} ${title.padEnd(48)} ${time.padStart(9)}  ${passed} passed, ${failed} failed`,
  );
}
say('');
if (failures.length > 0) {
  say('Failed:');
  for (const failure of failures) say(`         ${failure}`);
  say('');
}
say('The slowest ten:');
for (const { name, millis } of slow.sort((a, b) => b.millis - a.millis).slice(0, 10)) {
  say(`${`${(millis / 1000).toFixed(1)} s`.padStart(9)}  ${name}`);
}
say('');
say(`Everything took ${seconds(started)}.`);
say(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

/**
 * Everything there is to do, the longest way first. Jobs of one lock wait for each other: cargo lets
 * one command at a time into a target folder. What `alone` is true for gets the whole machine.
 */
function jobs() {
  const both = (...names) => names.some(wants);
  return [
    { when: wants('e2e'), lock: 'cargo', run: nativeBinaries },
    { when: wants('e2e'), run: pageBuild },
    { when: both('rust', 'web'), lock: 'wasm', run: wasmPackage },
    ...webChecks.map((check) => ({ when: wants('web'), lock: 'lint', run: () => lint(check) })),
    ...rustChecks.map((check) => ({
      when: wants('rust'),
      lock: 'cargo',
      run: () =>
        process.env.CI && check.built ? lintOfTheBuild(check.title, check.built) : lint(check),
    })),
    { when: wants('rust'), lock: 'cargo', run: rustTests },
    ...instruments.map((one) => ({
      when: wants('instruments'),
      lock: 'instruments',
      run: () => instrument(one),
    })),
    { when: wants('server'), lock: 'vitest', run: serverTests },
    { when: wants('server'), lock: 'vitest', run: serverTestsOnPostgres },
    { when: wants('web'), lock: 'vitest', run: unitTests },
    { when: both('rust', 'fuzz'), lock: 'wasm', run: replay },
    { when: wants('fuzz'), lock: 'wasm', run: fuzz },
    { when: wants('e2e'), alone: true, run: browserSpecs },
  ].filter((job) => job.when);
}

/** Runs jobs in their order, so many at a time. */
async function runSideBySide(waiting, places) {
  const locks = new Set();
  const running = new Set();
  while (waiting.length > 0 || running.size > 0) {
    const next = waiting.findIndex((job, at) =>
      job.alone
        ? at === 0 && running.size === 0
        : running.size < places && !(job.lock && locks.has(job.lock)),
    );
    const [job] = next < 0 ? [] : waiting.splice(next, 1);
    if (!job) {
      await Promise.race(running);
      continue;
    }
    if (job.lock) locks.add(job.lock);
    const ended = job.run().finally(() => {
      if (job.lock) locks.delete(job.lock);
      running.delete(ended);
    });
    running.add(ended);
    if (job.alone) await ended;
  }
}

function rustTests() {
  return step('Rust tests', async () => {
    const notRun = join(reports, 'not-run.txt');
    const env = {
      PROPTEST_RNG_SEED: process.env.PROPTEST_RNG_SEED ?? seed,
      BYTEOR_TEST_NODE: node24,
      BYTEOR_TEST_NOT_RUN: notRun,
      ...linted,
    };
    const cargo = (...args) =>
      capture('cargo', ['test', '--locked', '--workspace', ...args], { env });
    const built = await cargo('--no-run');
    if (built.code !== 0) return verdict(built);
    const side = runners(join(reports, 'rust-suites')).map((only) =>
      cargo('--no-fail-fast', ...only),
    );
    const results = [...(await Promise.all(side)), await cargo('--no-fail-fast', '--doc')];
    const result = {
      code: results.find(({ code }) => code !== 0)?.code ?? 0,
      output: results.map(({ output }) => output).join('\n'),
    };
    const counts = { passed: 0, failed: 0 };
    /** Suites that had a failing test, in their order, with the names of these tests. */
    const broken = [];
    let suite = { title: '', names: /** @type {string[]} */ ([]) };
    for (const line of result.output.split('\n')) {
      const title = /^\s*(?:Running|Doc-tests) (.+?)(?: \(.*)?$/.exec(line)?.[1];
      if (title) suite = { title, names: [] };
      const name = /^test (.+) \.\.\. FAILED$/.exec(line)?.[1];
      if (name && suite.names.push(name) === 1) broken.push(suite);
      const ended = /^test result: \w+\. (\d+) passed; (\d+) failed;.* finished in ([\d.]+)s/.exec(
        line,
      );
      if (!ended) continue;
      counts.passed += Number(ended[1]);
      counts.failed += Number(ended[2]);
      slow.push({ name: `cargo test: ${suite.title}`, millis: Number(ended[3]) * 1000 });
    }
    const notes = existsSync(notRun) ? [`\n${readFileSync(notRun, 'utf8').trimEnd()}`] : [];
    // Cargo's last word, in the order of the suites: more of them than named a test is one that died.
    const targets = [...result.output.matchAll(/^ +`-p \S+ (--.+)`$/gm)].map(
      ([, target]) => target,
    );
    // Where nothing named one, they weren't built.
    const unheard = targets.length !== broken.length || broken.length === 0;
    const died = result.code !== 0 && unheard;
    if (died) counts.failed += 1;
    if (died) failures.push(`cargo test: a suite ended without a word: ${targets.join(', ')}`);
    for (const [at, { title, names }] of broken.entries()) {
      for (const name of names) {
        const again =
          process.env.CI && !died
            ? await cargo(...targets[at].split(' '), '--', '--exact', name)
            : result;
        if (again.code === 0 && again.output.includes(`test ${name} ... ok`)) {
          counts.failed -= 1;
          counts.passed += 1;
          notes.push(ranAgain(`${title} ${name}`));
        } else failures.push(`cargo test: ${title} ${name}`);
      }
    }
    return {
      ...counts,
      note: notes.join('\n'),
      output: counts.failed === 0 ? '' : failuresOf(result.output),
    };
  });
}

/** What a step says of a test that failed, and passed when it ran once more (docs/verification.md). */
function ranAgain(title) {
  return `passed only when it ran again: ${title}`;
}

function replay() {
  return step('Corpora answer in WebAssembly as natively', async () => {
    const result = await capture(node24, ['scripts/replay.mjs'], { env: linted });
    return verdict(result, result.output.trim().split('\n').at(-1));
  });
}

/** Bounded as `npm test` needs it; where a tool can't be had, that is said and nothing counted. */
function instrument({ title, run }) {
  return step(title, async () => {
    const result = await run(true);
    if (result.notRun)
      return { passed: 0, failed: 0, output: '', note: `NOT RUN: ${result.notRun}` };
    return verdict(result);
  });
}

function fuzz() {
  return step('Fuzzing, a minute', async () => {
    const args = ['scripts/fuzz.mjs', '--seconds', '60', '--seed', seed];
    const result = await capture(node24, args, { env: linted });
    return verdict(result, result.output.trim().split('\n').at(-1));
  });
}

/** Of one build: those that the Rust tests run, and that `npm start` and `npm run byteor` take here. */
function nativeBinaries() {
  return step('Native binaries', async () =>
    verdict(await capture(node24, ['scripts/native.mjs', '--build'], { env: linted })),
  );
}

function unitTests() {
  return step('Unit and component tests', () =>
    vitestRun(['run', '--project', 'unit', '--project', 'browser'], 'unit', {}),
  );
}

function serverTests() {
  return step('Server tests on PGlite', () =>
    vitestRun(['run', '--config', 'server/vitest.config.ts'], 'server-pglite', {}),
  );
}

function serverTestsOnPostgres() {
  return step('Server tests on PostgreSQL', async () => {
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

function pageBuild() {
  return step('Page build', async () => {
    await withSetupLock(say, () => buildPage(() => undefined));
    const size = editorRouteSize();
    const over = overRouteBudget(size);
    return {
      passed: 2 - over.length,
      failed: over.length,
      output: over.join('\n'),
      note: `the editor’s route loads ${(size.gzip / 1000).toFixed(0)} kB of JavaScript`,
    };
  });
}

/** Rebuilds the WebAssembly package and holds it against the committed one (design decision 9). */
function wasmPackage() {
  return step('WebAssembly package is current', async () => {
    const result = await capture(node24, ['scripts/wasm.mjs', '--check']);
    return verdict(result, result.output.trim().split('\n').at(-1));
  });
}

function browserSpecs() {
  return step('Browser specs', async () => {
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
      // Each install with agents would ask cargo otherwise, which finds anew that nothing changed.
      { env: { ...env, BYTEOR_NATIVE_BUILT: 'true', PLAYWRIGHT_JSON_OUTPUT_NAME: file } },
    );
    if (!existsSync(file)) return { passed: 0, failed: 1, output: result.output };
    const { stats, suites } = JSON.parse(readFileSync(file, 'utf8'));
    for (const { title, specs } of allSuites(suites)) {
      const results = specs.flatMap((spec) => spec.tests.flatMap((test) => test.results));
      slow.push({ name: title, millis: results.reduce((sum, { duration }) => sum + duration, 0) });
    }
    const named = (status) => specsThat(status, suites);
    failures.push(...named('unexpected'));
    const failed = stats.unexpected + (result.code !== 0 && stats.unexpected === 0 ? 1 : 0);
    return {
      passed: stats.expected + stats.flaky,
      failed,
      output: failed ? result.output : '',
      note: [
        ...(result.output.match(/^NOT RUN: .*$/gm) ?? []),
        ...named('flaky').map(ranAgain),
      ].join('\n'),
    };
  });
}

/** The specs of Playwright's report that ended with this status, each with its first error. */
function specsThat(status, suites) {
  return allSuites(suites).flatMap(({ specs }) =>
    specs
      .filter(({ tests }) => tests.some((test) => test.status === status))
      .map(({ file, line, title, tests }) => {
        const errors = tests.flatMap((test) => test.results.flatMap((result) => result.errors));
        return `${file}:${line} ${title}: ${firstLines(errors[0]?.message ?? 'no message')}`;
      }),
  );
}

/** What fits where a failure is only named: the message without colours, its first lines. */
function firstLines(message) {
  return stripVTControlCharacters(message).split('\n').slice(0, 8).join('\n         ');
}

/** The suites of Playwright's report, whatever depth they stand at. */
function allSuites(suites) {
  return suites.flatMap((suite) => [suite, ...allSuites(suite.suites ?? [])]);
}

async function vitestRun(args, name, extra) {
  const file = join(reports, `${name}.json`);
  const result = await capture(
    node24,
    [
      vitest,
      ...args,
      ...(process.env.CI ? ['--retry=1'] : []),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    { env: { ...env, ...extra } },
  );
  if (!existsSync(file)) return { passed: 0, failed: 1, output: result.output };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  for (const { name: path, startTime, endTime } of report.testResults) {
    slow.push({ name: `${name}: ${relative(root, path)}`, millis: endTime - startTime });
  }
  const again = [];
  for (const { name: path, assertionResults } of report.testResults) {
    for (const { status, fullName, failureMessages } of assertionResults) {
      // What it said the first time stays with a test that passes the second.
      if (status === 'passed' && failureMessages.length > 0) {
        again.push(`${relative(root, path)} ${fullName}: ${firstLines(failureMessages[0])}`);
      }
      if (status !== 'failed') continue;
      failures.push(
        `${relative(root, path)} ${fullName}: ${firstLines(failureMessages.join('\n'))}`,
      );
    }
  }
  const failed = report.numFailedTests + (report.numFailedTests === 0 && result.code !== 0 ? 1 : 0);
  return {
    passed: report.numPassedTests,
    failed,
    output: failed ? result.output : '',
    note: again.map(ranAgain).join('\n'),
  };
}

function lint(check) {
  return step(check.title, async () => {
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

/**
 * The same check from what the build said, and says again of what it needn't build.
 *
 * @param {string} title
 * @param {readonly string[]} built
 */
function lintOfTheBuild(title, [command, ...words]) {
  return step(title, async () => {
    const result = await capture(command, words, { env: linted });
    const told = /^(warning|error)\b/m.test(stripVTControlCharacters(result.output));
    return verdict({ ...result, code: result.code || Number(told) });
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
    .filter(
      (line) =>
        !/^$|^running \d|^test .* \.\.\. ok$|^test result: ok|^all doctests|^\s*(Compiling|Running|Doc-tests|Finished)/.test(
          line,
        ),
    )
    .join('\n');
}
