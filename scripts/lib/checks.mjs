// The static checks: one list, used by `npm run check` and `npm test`.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { documentation } from './documented.mjs';
import { root } from './project.mjs';

/** @param {string} name */
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Checks of the web half: each a title and a command, or a function that answers its complaints. */
export const webChecks = [
  { title: 'prettier', command: [bin('prettier'), '--check', '--log-level', 'warn', '.'] },
  { title: 'eslint', command: [bin('eslint'), '.'] },
  {
    title: 'svelte-check',
    before: [bin('svelte-kit'), 'sync'],
    command: [
      bin('svelte-check'),
      '--tsconfig',
      './tsconfig.json',
      '--fail-on-warnings',
      '--output',
      'human',
    ],
  },
  { title: 'types of the scripts', command: [bin('tsc'), '--project', 'scripts/tsconfig.json'] },
  {
    title: 'import boundaries',
    command: [bin('depcruise'), 'src', 'server', '--output-type', 'err'],
  },
  { title: 'import boundaries in Svelte types and workers', complaints: looseImports },
  { title: 'exports that nothing imports', complaints: deadExports },
  { title: 'repository hygiene', complaints: hygiene },
  { title: 'documentation names what is there', complaints: documentation },
];

/**
 * Checks of the Rust half.
 *
 * @type {{ title: string, command: string[], built?: string[] }[]}
 */
export const rustChecks = [
  { title: 'cargo fmt', command: ['cargo', 'fmt', '--all', '--check'] },
  {
    title: 'clippy',
    command: [
      'cargo',
      'clippy',
      '--locked',
      '--workspace',
      '--all-targets',
      '--quiet',
      '--',
      '-D',
      'warnings',
    ],
    // Where the workspace is built by clippy's compiler, it says the same.
    built: ['cargo', 'test', '--no-run', '--locked', '--workspace', '--all-targets'],
  },
];

/** The adapters that a build of EdgePlane may leave out, by the features of its manifest. */
export function adapterFeatures() {
  const manifest = readFileSync(join(root, 'crates/byteor-edgeplane/Cargo.toml'), 'utf8');
  const section = /\[features\]\n([\s\S]*?)\n\n/.exec(manifest)?.[1] ?? '';
  const names = [...section.matchAll(/^([\w-]+) = /gm)].map(([, name]) => name ?? '');
  return names.filter((name) => !['default', 'portable', 'net'].includes(name));
}

/** Builds with one adapter each, and with none: what only others use is no warning there either. */
export const adapterChecks = ['', ...adapterFeatures()].map((feature) => ({
  title: feature === '' ? 'no adapter but files' : `${feature} alone`,
  command: [
    ...['cargo', 'clippy', '--locked', '--package', 'byteor-edgeplane', '--quiet'],
    ...['--no-default-features', '--features', feature, '--', '-D', 'warnings'],
  ],
}));

/**
 * @param {string} folder
 * @param {RegExp} keep
 * @returns {Generator<string>}
 */
function* files(folder, keep) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (
        !['node_modules', 'generated', 'target', 'pkg', '.git', '.svelte-kit', 'build'].includes(
          name,
        )
      ) {
        yield* files(path, keep);
      }
    } else if (keep.test(name)) yield path;
  }
}

/**
 * What the dependency checker can't see: `import type` inside `.svelte` files and workers made by URL.
 * Same rows as in `.dependency-cruiser.cjs`.
 */
export function looseImports() {
  /** @type {[RegExp, string[]][]} */
  const rows = [
    [/['"](comlink)['"]/, ['src/lib/compiler/', 'src/lib/run/']],
    [/['"][^'"]*wasm\/([a-z]+\/)?pkg\/[^'"]*['"]/, ['src/lib/compiler/', 'src/lib/run/']],
    [/['"]@xyflow\/svelte/, ['src/lib/canvas/']],
    [/['"]elkjs/, ['src/lib/layout/']],
    [/['"]monaco-editor/, ['src/lib/text/']],
    [/['"]idb['"]/, ['src/lib/drafts/']],
  ];
  const complaints = [];
  for (const path of files(join(root, 'src'), /\.(svelte|ts)$/)) {
    const name = relative(root, path);
    const lines = readFileSync(path, 'utf8').split('\n');
    lines.forEach((line, index) => {
      if (!/\b(import|from|new URL)\b/.test(line)) return;
      for (const [pattern, folders] of rows) {
        if (pattern.test(line) && !folders.some((folder) => name.startsWith(folder))) {
          const allowed = folders.join(' and ');
          complaints.push(`${name}:${index + 1}: only ${allowed} imports ${pattern.source}`);
        }
      }
    });
  }
  return complaints;
}

/**
 * Values that the page exports and no other file names; types may stand for whoever reads. A name
 * that stands elsewhere by chance hides one, but what is told is dead for certain.
 */
export function deadExports() {
  return deadExportsOf(
    ['src', 'server', 'e2e', 'wasm/tests', 'scripts'].flatMap((folder) =>
      [...files(join(root, folder), /\.(svelte|ts|mjs)$/)].map((path) => ({
        name: relative(root, path),
        text: readFileSync(path, 'utf8'),
      })),
    ),
  );
}

/**
 * The same among given files.
 *
 * @param {{ name: string, text: string }[]} texts
 */
export function deadExportsOf(texts) {
  const generated = /^src\/lib\/compiler\/(types|tokens)\.ts$/;
  /** Names that SvelteKit reads. */
  const framework = new Set(['load', 'ssr', 'prerender', 'entries', 'handle', 'handleError']);
  const complaints = [];
  for (const { name, text } of texts) {
    if (!name.startsWith('src/') || generated.test(name) || /\.(test|testing)\./.test(name))
      continue;
    const declared = text.matchAll(
      /^ *export (?:default )?(?:async )?(?:abstract )?(?:const|let|function\*?|class) (\w+)/gm,
    );
    for (const [, exported] of declared) {
      if (framework.has(exported)) continue;
      const word = new RegExp(`\\b${exported}\\b`);
      // A list of re-exports alone is no use.
      const used = texts.some(
        (other) =>
          other.name !== name && word.test(other.text.replace(/^export \{[^}]*\} from .*$/gms, '')),
      );
      if (!used) complaints.push(`${name}: nothing else names the export ${exported}`);
    }
  }
  return complaints;
}

/** Large files, absolute paths of a machine, tests that were switched off, and specs that leave pages open. */
export function hygiene() {
  const complaints = [];
  const skip = /(^|\/)(package-lock\.json|Cargo\.lock)$|^wasm\/[^/]*\/?pkg\/|\.png$/;
  for (const folder of [
    'src',
    'server',
    'crates',
    'wasm',
    'xtask',
    'scripts',
    'e2e',
    'docs',
    'prisma',
    'static',
  ]) {
    for (const path of files(join(root, folder), /./)) {
      const name = relative(root, path);
      if (skip.test(name)) continue;
      const size = statSync(path).size;
      if (size > 400_000) complaints.push(`${name}: ${size} bytes is too large for a source file`);
      const text = readFileSync(path, 'utf8');
      if (/\/(root|work\/main)\//.test(text)) {
        complaints.push(`${name}: holds an absolute path of a machine`);
      }
      if (
        /\.spec\.ts$/.test(name) &&
        /\bnewContext\(/.test(text) &&
        !/^closesWhatItOpened\(\);$/m.test(text)
      ) {
        complaints.push(`${name}: opens contexts, and doesn't call closesWhatItOpened()`);
      }
      if (
        /\b(it|test|describe)\.(skip|only)\(|#\[ignore\]/.test(text) &&
        !name.startsWith('scripts/')
      ) {
        complaints.push(`${name}: holds a test that is switched off`);
      }
    }
  }
  return complaints;
}
