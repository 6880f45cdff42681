// How much JavaScript the editor's route loads, told from the built page.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './project.mjs';

/** The route that is weighed. */
const EDITOR = 'src/routes/(app)/drafts/[draftId]/+page.svelte';

/** What loads beside the first view of a draft without being asked for. */
const BESIDE = ['src/lib/layout/arrange.ts'];

/** Workers that are weighed apart: Monaco's, and the layout engine. */
const APART = /(editor\.worker|elk-worker)/;

/** The most that the route may weigh, in bytes after gzip, without Monaco and the layout engine. */
export const EDITOR_ROUTE_MOST = 350_000;

/** @typedef {{ file: string, raw: number, gzip: number }} Weight In bytes. */
/** @typedef {{ file: string, imports?: string[] }} Chunk */

/**
 * The scripts that the editor's route needs before it can be worked with, the heaviest first: the
 * router, the layouts around the route, the route itself, automatic layout, and the workers. Monaco
 * and what dialogs load when they open isn't in it.
 *
 * @returns {{ raw: number, gzip: number, files: Weight[] }}
 */
export function editorRouteSize() {
  const client = join(root, '.svelte-kit/output/client');
  const generated = join(root, '.svelte-kit/generated/client-optimized');
  const nodes = '.svelte-kit/generated/client-optimized/nodes';
  /** @type {Record<string, Chunk>} */
  const manifest = JSON.parse(readFileSync(join(client, '.vite/manifest.json'), 'utf8'));
  const numbers = readdirSync(join(generated, 'nodes')).map((name) => name.replace(/\.js$/, ''));
  const page = numbers.find((number) =>
    readFileSync(join(generated, 'nodes', `${number}.js`), 'utf8').includes(EDITOR),
  );
  if (page === undefined) throw new Error(`The built page has no ${EDITOR}`);
  const app = readFileSync(join(generated, 'app.js'), 'utf8');
  // `"/(app)/drafts/[draftId]": [12,[2]]`: the page, and the layouts around it.
  const layouts = new RegExp(`\\[${page},\\[([\\d,]*)\\]`).exec(app)?.[1]?.split(',') ?? [];
  const starts = [
    'node_modules/@sveltejs/kit/src/runtime/client/entry.js',
    '.svelte-kit/generated/client-optimized/app.js',
    ...['0', page, ...layouts].filter(Boolean).map((number) => `${nodes}/${number}.js`),
    ...BESIDE,
  ];
  /** @type {Set<string>} */
  const files = new Set();
  /** @type {Set<string>} */
  const seen = new Set();
  for (const open = [...starts]; open.length > 0;) {
    const name = open.pop() ?? '';
    if (seen.has(name)) continue;
    seen.add(name);
    const chunk = manifest[name];
    if (!chunk) throw new Error(`The manifest of the built page has no ${name}`);
    files.add(chunk.file);
    open.push(...(chunk.imports ?? []));
  }
  for (const file of scriptsBelow(client, '_app/immutable/workers')) {
    if (!APART.test(file)) files.add(file);
  }
  const weights = [...files].map((file) => {
    const bytes = readFileSync(join(client, file));
    return { file, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
  });
  const sum = (/** @type {'raw' | 'gzip'} */ what) =>
    weights.reduce((total, weight) => total + weight[what], 0);
  return {
    raw: sum('raw'),
    gzip: sum('gzip'),
    files: weights.sort((one, other) => other.gzip - one.gzip),
  };
}

/**
 * @param {string} client
 * @param {string} folder
 * @returns {string[]}
 */
function scriptsBelow(client, folder) {
  if (!existsSync(join(client, folder))) return [];
  return readdirSync(join(client, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(client, path)).isDirectory()) return scriptsBelow(client, path);
    return name.endsWith('.js') ? [path] : [];
  });
}

/**
 * What is wrong with the weight of the route: nothing, or a sentence with the heaviest scripts.
 *
 * @param {{ gzip: number, files: readonly Weight[] }} size
 * @returns {string[]}
 */
export function overRouteBudget({ gzip, files }) {
  if (gzip <= EDITOR_ROUTE_MOST) return [];
  const heaviest = files.slice(0, 5).map((weight) => `${weight.file} (${weight.gzip})`);
  return [
    `The editor’s route loads ${gzip} bytes of JavaScript after gzip, its budget is ${EDITOR_ROUTE_MOST}. The heaviest: ${heaviest.join(', ')}`,
  ];
}
