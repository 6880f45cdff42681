// Counts the instructions of each send and receive, under callgrind, and holds them against
// scripts/instructions.json (docs/verification.md).
//
//   node scripts/instructions.mjs            says what differs by more than the tolerance
//   node scripts/instructions.mjs --write    writes the file anew
//
// Built for one named processor level, with the pinned compiler; counted is code of the program itself,
// not of the C library, which has other copies for other machines.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, root } from './lib/project.mjs';
import { capture, must, works } from './lib/run.mjs';

const processor = 'x86-64-v3';
/** Of what it was: beyond it, somebody has to say so. */
const tolerance = 0.03;
/** Messages of a run, as in the program. */
const messages = 16 * 160;
const baseline = join(root, 'scripts/instructions.json');
const target = join(cacheDir, 'callgrind-target');
const program = join(target, 'release/examples/counted');

const write = process.argv[2] === '--write';
if (process.argv.length > (write ? 3 : 2)) {
  console.error('usage: node scripts/instructions.mjs [--write]');
  process.exit(2);
}
const why = await missing();
if (why) {
  console.log(`NOT RUN: ${why}`);
} else {
  process.exitCode = await run();
}

/** Why it can't be counted here, or nothing. */
async function missing() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `the instructions of ${process.arch} on ${process.platform} have no baseline`;
  }
  return (await works('valgrind')) ? '' : 'valgrind is not installed';
}

async function run() {
  const build = ['build', '--locked', '--release', '--package', 'indexbus-transport-local'];
  await must('cargo', [...build, '--example', 'counted'], {
    env: {
      CARGO_TARGET_DIR: target,
      CARGO_ENCODED_RUSTFLAGS: `-Ctarget-cpu=${processor}`,
      // Names, which say what to count; they change no instruction.
      CARGO_PROFILE_RELEASE_STRIP: 'none',
    },
  });
  const steps = (await must(program, [])).stdout.trim().split('\n');
  /** @type {Record<string, number>} */
  const counted = {};
  for (const step of steps) counted[step] = await count(step);
  const compiler = (await must('rustc', ['--version'])).stdout.trim();
  if (write) {
    writeFileSync(baseline, `${JSON.stringify({ processor, compiler, counted }, null, 2)}\n`);
    console.log(`wrote ${steps.length} counts`);
    return 0;
  }
  const before = JSON.parse(readFileSync(baseline, 'utf8'));
  if (before.compiler !== compiler || before.processor !== processor) {
    console.log(
      `the baseline is of ${before.compiler} for ${before.processor}, this is ${compiler} for ${processor}: ` +
        'run node scripts/instructions.mjs --write, and look at what changed',
    );
    return 1;
  }
  const complaints = [];
  for (const step of new Set([...steps, ...Object.keys(before.counted)])) {
    const [was, is] = [before.counted[step], counted[step]];
    if (was === undefined || is === undefined) {
      complaints.push(`${step}: ${was ?? 'not counted before'}, now ${is ?? 'not there'}`);
    } else if (Math.abs(is - was) > was * tolerance) {
      const percent = ((is / was - 1) * 100).toFixed(1);
      complaints.push(`${step}: ${was} instructions before, ${is} now (${percent} %)`);
    }
  }
  for (const complaint of complaints) console.log(complaint);
  if (complaints.length > 0) {
    console.log('where that is meant: node scripts/instructions.mjs --write');
    return 1;
  }
  console.log(`${steps.length} counts are within ${tolerance * 100} % of what they were`);
  return 0;
}

/**
 * Instructions of a message, with one place.
 *
 * @param {string} step
 */
async function count(step) {
  const out = join(cacheDir, `callgrind-${process.pid}.out`);
  const options = [
    '--tool=callgrind',
    '--toggle-collect=*collected*',
    `--callgrind-out-file=${out}`,
  ];
  const result = await capture('valgrind', [...options, program, step]);
  if (result.code !== 0) throw new Error(`${step}: ${result.output}`);
  const instructions = ownInstructions(readFileSync(out, 'utf8'));
  rmSync(out);
  if (instructions === 0) throw new Error(`${step}: nothing was counted`);
  return Math.round((instructions / messages) * 10) / 10;
}

/**
 * What functions of the program itself cost, by callgrind's file: the line behind `calls=` is the
 * cost of whom it calls.
 *
 * @param {string} text
 */
function ownInstructions(text) {
  /** @type {Map<string, string>} */
  const names = new Map();
  let own = false;
  let callee = false;
  let sum = 0;
  for (const line of text.split('\n')) {
    const object = /^ob=\((\d+)\)(?: (.*))?$/.exec(line);
    if (object) {
      const [, id = '', name] = object;
      if (name !== undefined) names.set(id, name);
      own = names.get(id) === program;
    } else if (line.startsWith('cob=')) {
      const [, id = '', name] = /^cob=\((\d+)\)(?: (.*))?$/.exec(line) ?? [];
      if (name !== undefined) names.set(id, name);
    } else if (line.startsWith('calls=')) {
      callee = true;
    } else if (/^[+\-*\d]/.test(line)) {
      if (own && !callee) sum += Number(line.split(' ')[1] ?? 0);
      callee = false;
    }
  }
  return sum;
}
