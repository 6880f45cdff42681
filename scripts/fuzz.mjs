// Fuzzes the compiler with libFuzzer, on nightly Rust (docs/verification.md).
//
//   node scripts/fuzz.mjs                      a minute over all targets together
//   node scripts/fuzz.mjs --seconds 3600       an hour over all targets together
//   node scripts/fuzz.mjs --target kv          only that target
//   node scripts/fuzz.mjs --seed 1             the same inputs each time, from the committed corpora on
//   node scripts/fuzz.mjs --minimise           and then the committed corpora anew from all that was found
//
// cargo-fuzz is installed into .cache/tools. Where it or nightly can't be had, the corpora are
// replayed on stable instead, and the last line says so.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, root, toolsDir } from './lib/project.mjs';
import { builtExample, capture, must, works } from './lib/run.mjs';

const cargoFuzz = '0.13.2';
/** What a committed corpus holds at most: enough to reach all code that was ever reached. */
const keep = { files: 280, bytes: 400_000 };
const longest = 4096;

const options = new Map();
for (let at = 2; at < process.argv.length; at += 1) {
  const name = process.argv[at];
  if (name === '--minimise') options.set(name, true);
  else if (['--seconds', '--target', '--seed'].includes(name))
    options.set(name, process.argv[(at += 1)]);
  else usage();
}
const seconds = Number(options.get('--seconds') ?? 60);
if (!(seconds > 0)) usage();
const seed = options.get('--seed');
if (seed !== undefined && !/^[1-9]\d{0,8}$/.test(seed)) usage();

const folder = join(root, 'fuzz');
const all = readdirSync(join(folder, 'fuzz_targets')).map((name) => name.replace(/\.rs$/, ''));
const targets = options.has('--target') ? [options.get('--target')] : all.sort();
if (!targets.every((target) => all.includes(target))) usage();

const target = join(cacheDir, 'fuzz-target');
const seeds = join(cacheDir, 'fuzz', 'seeds');
/** What earlier runs found, or with a seed only what this one finds. */
const work = (name) => join(cacheDir, 'fuzz', seed ? 'seeded' : 'work', name);
const corpus = (name) => join(folder, 'corpus', name);
const artifacts = join(cacheDir, 'fuzz', 'artifacts');

function usage() {
  console.error(
    'usage: node scripts/fuzz.mjs [--seconds N] [--target NAME] [--seed N] [--minimise]',
  );
  process.exit(2);
}

// Leaving by `exit` ends what runs, see scripts/lib/run.mjs.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

await checkLock();
const missing = await prepare();
process.exitCode = missing ? await replay(missing) : await fuzz();

/** `fuzz/` is a workspace of its own, whose lock file nothing else looks at. */
async function checkLock() {
  const manifest = join(folder, 'Cargo.toml');
  const args = ['metadata', '--locked', '--format-version', '1', '--manifest-path', manifest];
  const { code, output } = await capture('cargo', args);
  if (code === 0) return;
  console.error(output);
  console.error(
    'fuzz/Cargo.lock is stale: run `cargo update --workspace --manifest-path fuzz/Cargo.toml` and commit it',
  );
  process.exit(1);
}

/** Installs what fuzzing needs; answers why it can't be had, or nothing. */
async function prepare() {
  if (process.platform === 'win32') return 'libFuzzer does not run on Windows';
  if (!(await works('cargo', ['+nightly', '--version']))) {
    console.log('Installing nightly Rust…');
    const args = ['toolchain', 'install', 'nightly', '--profile', 'minimal'];
    const installed = await capture('rustup', args).catch((error) => ({
      code: 1,
      output: error.message,
    }));
    if (installed.code !== 0)
      return `nightly Rust can't be installed: ${lastLine(installed.output)}`;
  }
  const there = await capture('cargo', ['fuzz', '--version']);
  if (there.code === 0 && there.stdout.trim().split(' ')[1] === cargoFuzz) return '';
  console.log(`Installing cargo-fuzz ${cargoFuzz}…`);
  const args = ['install', 'cargo-fuzz', '--version', cargoFuzz, '--locked', '--debug', '--force'];
  const installed = await capture('cargo', [...args, '--root', toolsDir], {
    // Quick to build; nobody debugs it.
    env: { CARGO_TARGET_DIR: join(cacheDir, 'tools-target'), CARGO_PROFILE_DEV_DEBUG: 'false' },
  });
  return installed.code === 0 ? '' : `cargo-fuzz can't be installed: ${lastLine(installed.output)}`;
}

function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}

async function replay(why) {
  console.log(`NOT FUZZED: ${why}. Replaying the committed corpora on stable instead…`);
  const result = await capture('cargo', [
    'test',
    '--locked',
    '-p',
    'byteor-pipeline-laws',
    '-p',
    'indexbus-laws',
    '-p',
    'byteor-lane-laws',
  ]);
  if (result.code !== 0) console.log(result.output);
  console.log(`NOT FUZZED: ${why}; the corpora were replayed on stable`);
  return result.code;
}

async function fuzz() {
  rmSync(seeds, { recursive: true, force: true });
  await must(await builtExample('seeds'), [seeds]);
  // No sanitizer: the compiler is safe Rust, and runs twice as fast without one.
  const build = ['+nightly', 'fuzz', 'build', '--sanitizer', 'none', '--release'];
  await must('cargo', build, { env: { CARGO_TARGET_DIR: target, RUSTC_WORKSPACE_WRAPPER: '' } });
  if (seed) for (const name of targets) rmSync(work(name), { recursive: true, force: true });
  mkdirSync(artifacts, { recursive: true });
  let failed = 0;
  const told = [];
  for (const name of targets) {
    const { executions, took, crash, output } = await run(name, seconds / targets.length);
    told.push(`${name} ${executions.toLocaleString('en')}`);
    console.log(`${name}: ${executions.toLocaleString('en')} executions in ${took} s`);
    if (!crash) continue;
    failed += 1;
    console.log(output.split('\n').slice(-60).join('\n'));
    console.log(
      `${name} broke a law: cargo test -p byteor-pipeline-laws -p indexbus-laws -p byteor-lane-laws replays it from fuzz/corpus/${name}`,
    );
  }
  if (options.has('--minimise') && failed === 0) for (const name of targets) await minimise(name);
  console.log(`fuzzed ${seconds} s, executions: ${told.join(', ')}`);
  return failed ? 1 : 0;
}

function libFuzzer(name, args, nice = false) {
  const program = join(target, triple(), 'release', name);
  return nice ? capture('nice', ['-n', '19', program, ...args]) : capture(program, args);
}

function triple() {
  const cpu = { x64: 'x86_64', arm64: 'aarch64' }[process.arch] ?? process.arch;
  return process.platform === 'darwin' ? `${cpu}-apple-darwin` : `${cpu}-unknown-linux-gnu`;
}

async function run(name, time) {
  mkdirSync(work(name), { recursive: true });
  // Only the laws of the compiler make seeds.
  mkdirSync(join(seeds, name), { recursive: true });
  const from = performance.now();
  const result = await libFuzzer(name, [
    `-max_total_time=${Math.ceil(time)}`,
    ...(seed ? [`-seed=${seed}`] : []),
    `-max_len=${longest}`,
    // A second for 4 kB would be a thousand times what it takes: not linear.
    '-timeout=10',
    '-rss_limit_mb=1024',
    '-print_final_stats=1',
    `-dict=${join(folder, 'plan.dict')}`,
    `-artifact_prefix=${artifacts}/${name}-`,
    work(name),
    corpus(name),
    join(seeds, name),
  ]);
  const executions = Number(/number_of_executed_units:\s*(\d+)/.exec(result.output)?.[1] ?? 0);
  const artifact = /Test unit written to (\S+)/.exec(result.output)?.[1];
  if (artifact && existsSync(artifact)) {
    copyFileSync(artifact, join(corpus(name), `regression-${artifact.slice(-12)}`));
  }
  return {
    executions,
    took: Math.round((performance.now() - from) / 1000),
    crash: result.code !== 0 || executions === 0,
    output: result.output,
  };
}

/** Keeps of everything found the fewest inputs that reach the same code, and all regressions. */
async function minimise(name) {
  const smallest = join(cacheDir, 'fuzz', 'minimised', name);
  rmSync(smallest, { recursive: true, force: true });
  mkdirSync(smallest, { recursive: true });
  const from = [corpus(name), work(name), join(seeds, name)].filter((path) => existsSync(path));
  const merged = await libFuzzer(name, [
    '-set_cover_merge=1',
    // Which code is reached, not how often: a tenth of the files.
    '-use_counters=0',
    `-max_len=${longest}`,
    smallest,
    ...from,
  ]);
  if (merged.code !== 0) throw new Error(merged.output);
  const stays = (file) => file.startsWith('regression-');
  mkdirSync(corpus(name), { recursive: true });
  let room = keep.files;
  for (const file of readdirSync(corpus(name))) {
    if (stays(file)) room -= 1;
    else rmSync(join(corpus(name), file));
  }
  // The smallest first: an input that reaches little more than others is a long one.
  const files = readdirSync(smallest).map((file) => {
    const path = join(smallest, file);
    return { file, path, bytes: statSync(path).size };
  });
  files.sort((a, b) => a.bytes - b.bytes || a.file.localeCompare(b.file));
  let bytes = 0;
  let kept = 0;
  for (const one of files) {
    if (kept >= room || bytes + one.bytes > keep.bytes) break;
    kept += 1;
    bytes += one.bytes;
    copyFileSync(one.path, join(corpus(name), one.file));
  }
  console.log(`${name}: kept ${kept} of ${files.length} inputs, ${bytes} bytes`);
}
