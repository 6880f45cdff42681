// Builds and runs the native binaries of this checkout.
//   node scripts/native.mjs byteor-runtime VERB …     build quietly when needed, then run
//   node scripts/native.mjs --build                   build what an agent needs; progress as JSON lines
// With BYTEOR_NATIVE_PROFILE=test they are those that the Rust tests run, built as these are: `npm test`
// builds nothing twice. With BYTEOR_NATIVE_BUILT=true they were built a moment ago, and cargo isn't asked.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './lib/project.mjs';
import { writeNotices } from './notices.mjs';

const agentPackages = ['byteor-agent', 'byteor-edgeplane'];
const [first, ...rest] = process.argv.slice(2);
const forTests = process.env.BYTEOR_NATIVE_PROFILE === 'test';
const built = process.env.BYTEOR_NATIVE_BUILT === 'true';
const targetDir = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
const binaryOf = (name) => join(targetDir, forTests ? 'debug' : 'release', name);

/**
 * The packages with the adapters that can be built here: where librdkafka's build lacks a tool, without
 * Kafka, and where it lacks OpenSSL, without TLS and SASL to it; `capabilities` then doesn't list them.
 */
function packages(names) {
  if (forTests) return ['--workspace'];
  const chosen = names.flatMap((name) => ['-p', name]);
  const works = (/** @type {string} */ tool, /** @type {string[]} */ ...args) =>
    spawnSync(tool, args, { stdio: 'ignore' }).status === 0;
  const hasKafka = ['make', 'cc', 'c++'].every((tool) => works(tool, '--version'));
  if (
    !names.includes('byteor-edgeplane') ||
    (hasKafka && works('pkg-config', '--exists', 'openssl'))
  )
    return chosen;
  const features = ['portable', ...(hasKafka ? ['kafka'] : [])];
  const named = features.map((feature) => `byteor-edgeplane/${feature}`);
  return [...chosen, '--no-default-features', '--features', named.join(',')];
}

/** What cargo is told, to build these packages as they are asked for. */
function building(names) {
  const how = forTests ? ['test', '--no-run'] : ['build', '--release'];
  return [...how, ...packages(names)];
}

if (first === '--build') {
  process.exitCode = await buildWithProgress();
} else if (first) {
  runBinary(first, rest);
} else {
  console.error('Usage: node scripts/native.mjs BINARY ARGUMENTS… | --build');
  process.exitCode = 2;
}

function runBinary(name, args) {
  if (!built) buildQuietly(name);
  const child = spawn(binaryOf(name), args, { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP']))
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

/** Ends this process where it can't be built. */
function buildQuietly(name) {
  const build = spawnSync('cargo', [...building([name]), '--quiet'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (build.error) {
    console.error(
      'The Rust toolchain is missing: install it from https://rustup.rs, then run this again.',
    );
    process.exit(69);
  }
  if (build.status !== 0) process.exit(build.status ?? 1);
}

/** Prints `{"done","total","name"}` for each crate that cargo finishes, then `{"binaries":{…}}`. */
async function buildWithProgress() {
  const say = (message) => console.log(JSON.stringify(message));
  const binaries = Object.fromEntries(agentPackages.map((name) => [name, binaryOf(name)]));
  if (built) {
    say({ binaries });
    return 0;
  }
  if (process.platform !== 'linux') {
    say({ error: 'native_unsupported_platform', message: 'Agents run on Linux only.' });
    return 3;
  }
  const tree = spawnSync(
    'cargo',
    ['tree', '--locked', '--prefix', 'none', '--edges', 'normal,build', ...packages(agentPackages)],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 24 },
  );
  if (tree.error) {
    say({ error: 'native_no_toolchain', message: 'cargo is not on the PATH.' });
    return 3;
  }
  const total =
    new Set(tree.stdout.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))).size - 1;
  const cargo = spawn(
    'cargo',
    [...building(agentPackages), '--locked', '--message-format', 'json'],
    // A process group of its own: the compilers that cargo started end with it.
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const stop = () => {
    if (cargo.pid === undefined || cargo.exitCode !== null || cargo.signalCode !== null) return;
    process.kill(-cargo.pid, 'SIGTERM');
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop);
  let words = '';
  cargo.stderr.on('data', (chunk) => {
    words = (words + chunk).slice(-4000);
  });
  const seen = new Set();
  for await (const line of createInterface({ input: cargo.stdout })) {
    const message = JSON.parse(line);
    if (message.reason !== 'compiler-artifact') continue;
    seen.add(message.package_id);
    say({ done: Math.min(seen.size, total), total, name: message.target.name });
  }
  const code = await new Promise((resolve) => {
    if (cargo.exitCode !== null || cargo.signalCode !== null) resolve(cargo.exitCode ?? 1);
    else cargo.on('exit', (status) => resolve(status ?? 1));
  });
  if (code !== 0) {
    say({ error: 'native_build_failed', message: words.trim().split('\n').slice(-12).join('\n') });
    return code;
  }
  writeNotices('cargo', binaryOf('THIRD-PARTY-NOTICES.txt'));
  say({ binaries });
  return 0;
}
