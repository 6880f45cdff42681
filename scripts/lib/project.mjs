// Where things stand in the checkout, and the Node that every script's children run on.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const cacheDir = join(root, '.cache');
export const stampDir = join(cacheDir, 'stamps');
export const toolsDir = join(cacheDir, 'tools');

/** The project's own Node 24, from the `node` package. */
export const node24 = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

/**
 * Environment for child processes: the project's Node, npm's and our own tools first on the PATH.
 *
 * @param {Record<string, string>} extra
 */
export function childEnv(extra = {}) {
  const path = [
    join(root, 'node_modules', 'node', 'bin'),
    join(root, 'node_modules', '.bin'),
    join(toolsDir, 'bin'),
    process.env.PATH ?? '',
  ].join(delimiter);
  return { ...process.env, PATH: path, ...extra };
}

/**
 * SHA-256 over the names and bytes of all files below the given paths (relative to the root).
 *
 * @param {readonly string[]} paths
 */
export function hashInputs(paths) {
  const hash = createHash('sha256');
  /** @param {string} path */
  const visit = (path) => {
    if (!existsSync(path)) return;
    const info = statSync(path);
    if (info.isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name));
    } else {
      hash.update(relative(root, path)).update('\0').update(String(info.size)).update('\0');
      hash.update(readFileSync(path));
    }
  };
  for (const path of paths) visit(join(root, path));
  return hash.digest('hex');
}

/**
 * True when the step was done before with the same inputs.
 *
 * @param {string} name
 * @param {string} value
 */
export function stampMatches(name, value) {
  const path = join(stampDir, name);
  return existsSync(path) && readFileSync(path, 'utf8') === value;
}

/**
 * @param {string} name
 * @param {string} value
 */
export function writeStamp(name, value) {
  mkdirSync(stampDir, { recursive: true });
  writeFileSync(join(stampDir, name), value);
}
