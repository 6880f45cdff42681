// Builds byteor-pipeline-wasm into wasm/pkg, from pinned tools, with the same bytes everywhere.
//
//   node scripts/wasm.mjs [OUT_DIR]   builds (default wasm/pkg)
//   node scripts/wasm.mjs --check     rebuilds elsewhere and compares with the committed package
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
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, '.cache', 'tools');
const committed = join(root, 'wasm', 'pkg');
const targetDir = join(root, '.cache', 'wasm-target');
const wasmFile = 'byteor_pipeline_wasm_bg.wasm';
/** What the compiler in the page is to shrink to, in bytes; being over it is told, not refused. */
const budget = { raw: 300_000, brotli: 100_000 };

/** Where a compile spends its time, beside memory: writing the answer, and the hash. */
const hot = [
  ['byteor-pipeline-wasm', 2],
  ['serde_json', 3],
  ['sha2', 3],
];

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
  run('cargo', args, { env: { CARGO_TARGET_DIR: join(root, '.cache', 'tools-target') } });
}

function prepare() {
  mkdirSync(tools, { recursive: true });
  if (!existsSync(join(root, 'node_modules', '.bin', 'wasm-opt'))) {
    throw new Error('wasm-opt is missing: run `npm ci` first');
  }
  // rustup adds the target to the toolchain that rust-toolchain.toml names.
  const sysroot = run('rustc', ['--print', 'sysroot']).stdout.trim();
  if (!existsSync(join(sysroot, 'lib', 'rustlib', 'wasm32-unknown-unknown', 'lib'))) {
    console.log('Adding the target wasm32-unknown-unknown…');
    run('rustup', ['target', 'add', 'wasm32-unknown-unknown']);
  }
  installTool('wasm-pack', 'wasm-pack', '0.15.1');
  installTool('wasm-bindgen-cli', 'wasm-bindgen', lockedVersion('wasm-bindgen'));
}

function build(out) {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  // Panic messages carry source paths: without the remaps, the builder's folders.
  const flags = [
    `--remap-path-prefix=${root}=/byteor`,
    `--remap-path-prefix=${cargoHome}=/cargo`,
    '-Cpanic=abort',
  ];
  const scratch = mkdtempSync(join(root, '.cache', 'wasm-pkg-'));
  try {
    run(
      'wasm-pack',
      [
        'build',
        'wasm',
        '--target',
        'web',
        '--release',
        '--mode',
        'no-install',
        '--no-pack',
        '--out-dir',
        scratch,
        '--',
        '--locked',
        ...hot.flatMap(([name, level]) => [
          '--config',
          `profile.release.package.${name}.opt-level=${level}`,
        ]),
      ],
      {
        env: {
          CARGO_TARGET_DIR: targetDir,
          CARGO_ENCODED_RUSTFLAGS: flags.join('\x1f'),
          RUSTFLAGS: '',
          // The page downloads this build: small, in one piece. Native builds keep their own profile.
          CARGO_PROFILE_RELEASE_OPT_LEVEL: 'z',
          CARGO_PROFILE_RELEASE_LTO: 'fat',
          CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '1',
          CARGO_INCREMENTAL: '0',
        },
      },
    );
    const features = [
      'bulk-memory',
      'multivalue',
      'mutable-globals',
      'nontrapping-float-to-int',
      'reference-types',
      'sign-ext',
    ];
    const wasm = join(scratch, wasmFile);
    run('wasm-opt', [
      '-Oz',
      '--strip-producers',
      ...features.map((name) => `--enable-${name}`),
      '-o',
      `${wasm}.small`,
      wasm,
    ]);
    renameSync(`${wasm}.small`, wasm);
    rmSync(join(scratch, '.gitignore'), { force: true });
    rmSync(out, { recursive: true, force: true });
    mkdirSync(dirname(out), { recursive: true });
    renameSync(scratch, out);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function sizes(folder) {
  const bytes = readFileSync(join(folder, wasmFile));
  return { raw: bytes.length, brotli: brotliCompressSync(bytes).length };
}

function report(folder) {
  const { raw, brotli } = sizes(folder);
  console.log(`${wasmFile}: ${raw} bytes, ${brotli} with brotli`);
  if (raw > budget.raw || brotli > budget.brotli) {
    console.log(`Over the budget of ${budget.raw} bytes, ${budget.brotli} with brotli`);
  }
}

function check() {
  const fresh = join(root, '.cache', 'wasm-check');
  build(fresh);
  report(fresh);
  const names = readdirSync(fresh).sort();
  const there = existsSync(committed) ? readdirSync(committed).sort() : [];
  const differ = names.filter(
    (name) =>
      !there.includes(name) ||
      !readFileSync(join(fresh, name)).equals(readFileSync(join(committed, name))),
  );
  differ.push(...there.filter((name) => !names.includes(name)));
  if (differ.length === 0) {
    console.log('wasm/pkg is what its sources give');
    return;
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(
      `wasm/pkg differs in ${differ.join(', ')}; bytes are compared on x86-64 Linux only`,
    );
    return;
  }
  throw new Error(
    `wasm/pkg is stale (${differ.join(', ')}): run \`npm run build:wasm\` and commit it`,
  );
}

try {
  const [argument] = process.argv.slice(2);
  prepare();
  if (argument === '--check') {
    check();
  } else {
    const out = resolve(argument ?? committed);
    build(out);
    report(out);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
