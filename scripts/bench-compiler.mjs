// `npm run bench:compiler`: how fast the compiler is, against native and against peers, in one run.
// Paste the table into docs/performance.md.
//   npm run bench:compiler                    everything
//   npm run bench:compiler -- compile growth  only the named parts: size, compile, language, growth, typing
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { brotli, kB, largePlan, median, ms, row, table, timed } from './lib/bench.mjs';
import { installPeers, peers } from './lib/bench-peers.mjs';
import { streaming, typing } from './lib/bench-typing.mjs';
import { coreFile, loadOperations } from './lib/compiler-packages.mjs';
import { childEnv, root } from './lib/project.mjs';
import { must } from './lib/run.mjs';
import { buildPage, generateClient, installPackages, withSetupLock } from './lib/setup.mjs';

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);
const scratch = mkdtempSync(join(tmpdir(), 'byteor-bench-'));
const target = 'lane_graph';
const rounds = 5;

const wasm = await loadOperations();

try {
  if (wants('size')) await size();
  if (wants('compile')) await compile();
  if (wants('language')) await language();
  if (wants('growth')) await growth();
  if (wants('typing')) {
    await withSetupLock(console.log, async () => {
      await installPackages(console.log);
      await generateClient(console.log);
      await buildPage(console.log);
    });
    await typing(await largePlan('chain', 1000), join(scratch, 'typing-data'));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
table();

/** Calls an operation; throws where it refuses. */
function call(operation, request) {
  const answer = JSON.parse(wasm[operation](request));
  if (!answer.ok) throw new Error(`${operation}: ${answer.error.message}`);
  return answer.value;
}

async function size() {
  const bytes = readFileSync(coreFile);
  row('WebAssembly package that loads with the editor, raw', kB(bytes.length), 'aim 420 kB');
  row('WebAssembly package that loads with the editor, brotli', kB(brotli(bytes)), 'aim 140 kB');
  await streaming(coreFile);
}

/** A native process that takes turns with WebAssembly. */
async function startNative() {
  const example = ['--release', '-p', 'byteor-pipeline-wasm', '--example', 'operation_time'];
  await must('cargo', ['build', '--quiet', ...example]);
  const child = spawn('cargo', ['run', '--quiet', ...example], {
    cwd: root,
    env: childEnv(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** The median time of an operation in milliseconds. */
    time: async (operation, request, times) => {
      const file = join(scratch, 'request.json');
      writeFileSync(file, request);
      child.stdin.write(`${operation}\t${times}\t${file}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('the native process ended');
      return Number(value) / 1000;
    },
    stop: () => child.stdin.end(),
  };
}

/** The whole compile at 1,000 lines, in turns with native and with the peers. */
async function compile() {
  const text = await largePlan('chain', 1000);
  const request = JSON.stringify({ text, target });
  if (!call('compile', request).report) throw new Error('the bench plan does not compile');
  await installPeers();
  const others = await peers(Buffer.byteLength(text));
  const native = await startNative();
  /** @type {{ wasm: number[], native: number[], others: number[][] }} */
  const times = { wasm: [], native: [], others: others.map(() => []) };
  const kv = JSON.stringify({ kv: call('lower', request).report.spec_kv });
  /** @type {Record<string, number[]>} */
  const texts = { describe: [], dot: [] };
  try {
    const run = () => wasm.compile(request);
    // Warm: the engine has its fast code by then.
    for (const one of [run, ...others.map((other) => other.run)]) timed(one, { least: 500 });
    await native.time('compile', request, 50);
    for (let round = 0; round < rounds; round += 1) {
      times.wasm.push(timed(run, { least: 300 }));
      times.native.push(await native.time('compile', request, 50));
      for (const [operation, list] of Object.entries(texts)) {
        list.push(await native.time(operation, kv, 50));
      }
      for (const [at, other] of others.entries()) {
        times.others[at].push(timed(other.run, { least: 300 }));
      }
    }
  } finally {
    native.stop();
  }
  const ratio = (some) => median(times.wasm.map((time, round) => time / some[round])).toFixed(2);
  row('compile of a 1,000-line plan, WebAssembly, warm', ms(median(times.wasm)), 'aim 2 ms');
  row(
    'the same, native',
    ms(median(times.native)),
    `WebAssembly takes ${ratio(times.native)} times that; aim 2`,
  );
  for (const [at, { name, text: other }] of others.entries()) {
    row(
      `${name}, ${kB(Buffer.byteLength(other))} (the plan: ${kB(Buffer.byteLength(text))})`,
      ms(median(times.others[at])),
      `the compile takes ${ratio(times.others[at])} times that; aim 0.5 of the fastest`,
    );
  }
  for (const [operation, list] of Object.entries(texts)) {
    row(`${operation} of a 1,000-line plan's KV text, native`, ms(median(list)), 'aim 5 ms');
  }
  timed(() => wasm.compileParts(request), { least: 300 });
  row(
    'compile of a 1,000-line plan in parts, hash left to the browser, WebAssembly',
    ms(timed(() => wasm.compileParts(request))),
    'aim 2 ms',
  );
  const [shown] = wasm.compileParts(request).split('\n');
  row(
    'reading an answer whose map is known in the page (JSON.parse)',
    ms(timed(() => JSON.parse(shown))),
    kB(shown.length),
  );
  const answer = wasm.compile(request);
  row(
    'reading the answer in the page (JSON.parse)',
    ms(timed(() => JSON.parse(answer))),
    kB(answer.length),
  );
  for (const shape of ['diamonds', 'fan', 'broken']) {
    const other = JSON.stringify({ text: await largePlan(shape, 1000), target });
    timed(() => wasm.compile(other), { least: 300 });
    row(`compile of 1,000 lines of ${shape}`, ms(timed(() => wasm.compile(other))), 'aim 2 ms');
  }
}

/** What an author waits for beside diagnostics, at 1,000 lines. */
async function language() {
  const text = await largePlan('chain', 1000);
  const middle = text.indexOf(' -> ', text.length * 0.7) + 4;
  const key = text.indexOf('stage ', text.length / 4) + 'stage '.length;
  const id = text.slice(key, text.indexOf(' ', key));
  const asked = [
    ['completion', 'complete', { text, target, offset: middle }],
    ['hover', 'hover', { text, target, offset: key + 1 }],
    ['rename', 'edit', { text, target, operation: { op: 'rename', id, to: 'fresh' } }],
    ['format', 'format', { text }],
  ];
  for (const [what, operation, request] of asked) {
    if (!wasm[operation]) throw new Error(`the packages have no operation ${operation}`);
    const json = JSON.stringify(request);
    call(operation, json);
    timed(() => wasm[operation](json), { least: 300 });
    row(`${what} at 1,000 lines`, ms(timed(() => wasm[operation](json))), 'aim 5 ms');
  }
}

/** How time grows with length: ten times the input in at most thirteen times the time. */
async function growth() {
  const lengths = [10, 100, 1_000, 10_000];
  /** @type {Record<string, (texts: string[]) => object>} */
  const operations = {
    compile: ([text]) => ({ text, target }),
    diff: ([text, ours]) => ({ before: { text, target }, after: { text: ours, target } }),
    merge: ([base, ours, theirs]) => ({ base, ours, theirs, choices: [] }),
    format: ([text]) => ({ text }),
  };
  for (const [operation, request] of Object.entries(operations)) {
    if (!wasm[operation]) {
      row(`growth of ${operation}`, 'not in these packages');
      continue;
    }
    const times = [];
    const sizes = [];
    for (const lines of lengths) {
      /** @type {string[]} */
      const texts = [];
      for (const variant of [0, 1, 2]) texts.push(await largePlan('chain', lines, { variant }));
      const json = JSON.stringify(request(texts));
      call(operation, json);
      timed(() => wasm[operation](json), { least: 300, most: 2000 });
      sizes.push(Buffer.byteLength(texts[0]));
      times.push(timed(() => wasm[operation](json), { least: 300, most: 2000 }));
    }
    // Ten times the lines aren't ten times the input: a plan of ten lines is half blank lines, and
    // ids grow longer with their numbers. So this is time for each tenfold of bytes.
    const factors = times
      .slice(1)
      .map((time, at) => ((10 * time) / times[at] / (sizes[at + 1] / sizes[at])).toFixed(1));
    row(
      `growth of ${operation} with 10 times the bytes, 10 to 100 to 1,000 to 10,000 lines`,
      `× ${factors.join(', × ')}`,
      `${times.map(ms).join(', ')}; aim × 13 at most`,
    );
  }
}
