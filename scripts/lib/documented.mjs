// The documentation names what is there, and what it names is there: folders, dependencies,
// decisions, checks of invariants, the files that the guide for contributors walks through.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.mjs';

/** @param {string} path */
const read = (path) => readFileSync(join(root, path), 'utf8');
/** @param {string} path */
const foldersIn = (path) =>
  readdirSync(join(root, path)).filter(
    (name) => name !== 'node_modules' && statSync(join(root, path, name)).isDirectory(),
  );

/** Every folder of the two TypeScript halves, and every crate, by its path from the root. */
function folders() {
  return ['server', 'src/lib', 'crates'].flatMap((parent) =>
    foldersIn(parent).map((name) => `${parent}/${name}`),
  );
}

/**
 * Paths of ours that a text quotes: from the root, or relative to the page itself.
 *
 * @param {string} text
 */
function quotedPaths(text) {
  const known = new Set(readdirSync(root).filter((name) => !name.startsWith('.')));
  return [...text.matchAll(/`([\w.@()[\]-]+(?:\/[\w.@()[\]{},*-]+)+\/?)`/g)]
    .map((match) => match[1])
    .filter((path) => known.has(path.split('/')[0]) && !/[{}*,]|\/(?:NAME|AREA)/.test(path));
}

/** What the documentation lacks, or names wrongly. */
export function documentation() {
  const complaints = [];
  const architecture = read('docs/architecture.md');
  for (const folder of folders()) {
    if (!architecture.includes(`\`${folder}\``)) {
      complaints.push(`docs/architecture.md doesn't say what ${folder} is`);
    }
  }

  const dependencies = read('docs/dependencies.md');
  const { dependencies: runs = {}, devDependencies: develops = {} } = JSON.parse(
    read('package.json'),
  );
  const [, workspace] =
    /\[workspace\.dependencies\]\n([\s\S]*?)\n\[(?!workspace)/.exec(read('Cargo.toml')) ?? [];
  if (workspace === undefined) return ['Cargo.toml: has no [workspace.dependencies]'];
  const crates = [...workspace.matchAll(/^([\w-]+) = /gm)].map((match) => match[1]);
  const names = [...Object.keys(runs), ...Object.keys(develops), ...crates];
  for (const name of names) {
    const ours = existsSync(join(root, 'crates', name)) || /^byteor-/.test(name);
    const line = name.startsWith('@types/') ? '@types/*' : name;
    if (!ours && !dependencies.includes(`\`${line}\``)) {
      complaints.push(`docs/dependencies.md has no line for ${name}`);
    }
  }

  const numbers = new Map();
  for (const file of readdirSync(join(root, 'docs/decisions'))) {
    const number = /^(\d{4})-[\w-]+\.md$/.exec(file)?.[1];
    if (!number) continue;
    if (numbers.has(number)) {
      complaints.push(`docs/decisions: ${file} and ${numbers.get(number)} have one number`);
    }
    numbers.set(number, file);
  }

  const guide = 'docs/guides/contributing.md';
  for (const page of ['docs/architecture.md', 'docs/verification.md', guide]) {
    if (!existsSync(join(root, page))) {
      complaints.push(`${page} is missing`);
      continue;
    }
    for (const path of quotedPaths(read(page))) {
      if (!existsSync(join(root, path)))
        complaints.push(`${page} names ${path}, which isn't there`);
    }
  }
  return complaints;
}
