// Builds the WebAssembly packages into their pkg folders, from pinned tools, with the same bytes
// everywhere.
//
//   node scripts/wasm.mjs [NAME…]           builds all packages, or the named ones, with wasm-pack
//   node scripts/wasm.mjs --check [NAME…]   makes them elsewhere by the steps that wasm-pack takes,
//                                           compares with the committed packages, and holds their
//                                           sizes against wasm/budget.json
//
// So that what is committed is wasm-pack's output is proven without it and without wasm-bindgen's
// program: to build these takes longer than all packages do. The library that the program is made of
// takes their place (wasm/bindgen).
//
// Tools that are missing are installed into .cache/tools. Nothing has to be there before but Node
// and a Rust toolchain with rustup.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { overBudget, readBudget } from './lib/wasm-budget.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, '.cache', 'tools');
const targetDir = join(root, '.cache', 'wasm-target');
const target = 'wasm32-unknown-unknown';

/**
 * Every package: its crate, its folder, and which crates are optimized for speed; the page downloads
 * the rest small.
 */
const packages = {
  compiler: {
    crate: 'byteor-pipeline-wasm',
    folder: 'wasm',
    // Where a compile spends its time, beside memory: writing the answer, and, where the browser has
    // no SHA-256 for us, the hash.
    hot: { 'byteor-json': 3, sha2: 2 },
  },
  language: {
    crate: 'byteor-language-wasm',
    folder: 'wasm/language',
    hot: { 'byteor-json': 3, sha2: 3 },
  },
  bundle: { crate: 'byteor-bundle-wasm', folder: 'wasm/bundle', hot: {} },
  stages: { crate: 'byteor-stages-wasm', folder: 'wasm/stages', hot: {} },
};

/** How tools are built: quickly; nobody debugs them. */
const toolsEnv = {
  CARGO_TARGET_DIR: join(root, '.cache', 'tools-target'),
  CARGO_PROFILE_DEV_DEBUG: 'false',
};

const path = [
  join(tools, 'bin'),
  join(root, 'node_modules', '.bin'),
  join(root, 'node_modules', 'node', 'bin'),
  process.env.PATH ?? '',
].join(delimiter);

function run(command, args, { env = {}, allowFailure = false } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, PATH: path, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!allowFailure && (result.error || result.status !== 0)) {
    const why = result.error?.message ?? `${result.stdout}${result.stderr}`;
    throw new Error(`${command} ${args.join(' ')} failed:\n${why}`);
  }
  return result;
}

/** The version of a crate that Cargo.lock has. */
function lockedVersion(name) {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const match = new RegExp(`name = "${name}"\\nversion = "([^"]+)"`).exec(lock);
  if (!match) throw new Error(`Cargo.lock has no ${name}`);
  return match[1];
}

function installTool(crate, binary, version) {
  const there = run(join(tools, 'bin', binary), ['--version'], { allowFailure: true });
  if (there.status === 0 && there.stdout.trim().split(' ')[1] === version) return;
  console.log(`Installing ${crate} ${version}…`);
  const args = [
    'install',
    crate,
    '--version',
    version,
    '--locked',
    '--debug',
    '--force',
    '--root',
    tools,
  ];
  run('cargo', args, { env: toolsEnv });
}

function prepare(make) {
  mkdirSync(tools, { recursive: true });
  if (!existsSync(join(root, 'node_modules', '.bin', 'wasm-opt'))) {
    throw new Error('wasm-opt is missing: run `npm ci` first');
  }
  // rustup adds the target to the toolchain that rust-toolchain.toml names.
  const sysroot = run('rustc', ['--print', 'sysroot']).stdout.trim();
  if (!existsSync(join(sysroot, 'lib', 'rustlib', target, 'lib'))) {
    console.log(`Adding the target ${target}…`);
    run('rustup', ['target', 'add', target]);
  }
  if (make === byItsSteps) return;
  installTool('wasm-pack', 'wasm-pack', '0.15.1');
  installTool('wasm-bindgen-cli', 'wasm-bindgen', lockedVersion('wasm-bindgen'));
}

/** The arguments of cargo that make a package's code. */
function codeOf({ hot }) {
  return [
    '--locked',
    ...Object.entries(hot).flatMap(([name, level]) => [
      '--config',
      `profile.release.package.${name}.opt-level=${level}`,
    ]),
  ];
}

/** Makes a package in the folder `out` with wasm-pack. */
function withWasmPack(one, out, env) {
  const how = ['--target', 'web', '--release', '--mode', 'no-install', '--no-pack'];
  run('wasm-pack', ['build', one.folder, ...how, '--out-dir', out, '--', ...codeOf(one)], { env });
  rmSync(join(out, '.gitignore'), { force: true });
}

/** Makes the same without it. */
function byItsSteps(one, out, env) {
  const how = ['--lib', '--release', '--target', target, '--package', one.crate];
  run('cargo', ['build', ...how, ...codeOf(one)], { env });
  const code = join(targetDir, target, 'release', `${one.crate.replaceAll('-', '_')}.wasm`);
  const bindgen = ['--quiet', '--locked', '--manifest-path', join(root, 'wasm/bindgen/Cargo.toml')];
  run('cargo', ['run', ...bindgen, '--', code, out], { env: toolsEnv });
}

function build(one, out, make) {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const sysroot = run('rustc', ['--print', 'sysroot']).stdout.trim();
  const flags = [
    // Source paths that are left must not be the builder's folders.
    `--remap-path-prefix=${root}=/byteor`,
    `--remap-path-prefix=${cargoHome}=/cargo`,
    `--remap-path-prefix=${sysroot}=/rust`,
  ];
  const scratch = mkdtempSync(join(root, '.cache', 'wasm-pkg-'));
  try {
    make(one, scratch, {
      CARGO_TARGET_DIR: targetDir,
      CARGO_ENCODED_RUSTFLAGS: flags.join('\x1f'),
      RUSTFLAGS: '',
      // The page downloads this build: small, in one piece. Native builds keep their own profile.
      CARGO_PROFILE_RELEASE_OPT_LEVEL: 'z',
      CARGO_PROFILE_RELEASE_LTO: 'fat',
      CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '1',
      CARGO_INCREMENTAL: '0',
    });
    const features = [
      'bulk-memory',
      'multivalue',
      'mutable-globals',
      'nontrapping-float-to-int',
      'reference-types',
      'sign-ext',
    ];
    const wasm = join(scratch, wasmFile(one.crate));
    run('wasm-opt', [
      // Functions with one caller stay apart: repeated patterns compress better than inlined ones.
      '--one-caller-inline-max-function-size=4',
      // What the compiler made of branches is undone first, and made anew for size.
      '--flatten',
      '--rereloop',
      '-Oz',
      '--converge',
      // True of what the linker makes: there is the end of the stack.
      '--low-memory-unused',
      // Engines don't read the hints at alignments; without them code repeats itself more.
      '--dealign',
      '--strip-producers',
      ...features.map((name) => `--enable-${name}`),
      '-o',
      `${wasm}.small`,
      wasm,
    ]);
    renameSync(`${wasm}.small`, wasm);
    rmSync(out, { recursive: true, force: true });
    mkdirSync(dirname(out), { recursive: true });
    renameSync(scratch, out);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function wasmFile(crate) {
  return `${crate.replaceAll('-', '_')}_bg.wasm`;
}

/** Says how large a package is, and throws when that is over its budget. */
function weigh(name, folder) {
  const bytes = readFileSync(join(folder, wasmFile(packages[name].crate)));
  const size = { raw: bytes.length, brotli: brotliCompressSync(bytes).length };
  console.log(`${name}: ${size.raw} bytes, ${size.brotli} with brotli`);
  return overBudget(name, size, readBudget());
}

function check(name) {
  const committed = join(root, packages[name].folder, 'pkg');
  const fresh = join(root, '.cache', `wasm-check-${name}`);
  build(packages[name], fresh, byItsSteps);
  const problems = weigh(name, fresh);
  const names = readdirSync(fresh).sort();
  const there = existsSync(committed) ? readdirSync(committed).sort() : [];
  const differ = names.filter(
    (file) =>
      !there.includes(file) ||
      !readFileSync(join(fresh, file)).equals(readFileSync(join(committed, file))),
  );
  differ.push(...there.filter((file) => !names.includes(file)));
  const folder = `${packages[name].folder}/pkg`;
  if (differ.length === 0) {
    console.log(`${folder} is what its sources give`);
  } else if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(
      `${folder} differs in ${differ.join(', ')}; bytes are compared on x86-64 Linux only`,
    );
  } else {
    problems.push(
      `${folder} is stale (${differ.join(', ')}): run \`npm run build:wasm\` and commit it`,
    );
  }
  return problems;
}

try {
  const words = process.argv.slice(2);
  const checks = words[0] === '--check';
  const asked = checks ? words.slice(1) : words;
  const unknown = asked.find((name) => !packages[name]);
  if (unknown) {
    throw new Error(`There is no package ${unknown}: ${Object.keys(packages).join(', ')}`);
  }
  prepare(checks ? byItsSteps : withWasmPack);
  const problems = [];
  for (const name of asked.length > 0 ? asked : Object.keys(packages)) {
    if (checks) {
      problems.push(...check(name));
    } else {
      const out = join(root, packages[name].folder, 'pkg');
      build(packages[name], out, withWasmPack);
      problems.push(...weigh(name, out));
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
