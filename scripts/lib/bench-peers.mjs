// Peers that the compiler is measured against: compilers and formatters of other languages with
// WebAssembly inside, from a workspace of their own (bench/), on inputs of the same length.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './project.mjs';
import { must } from './run.mjs';

const folder = join(root, 'bench');

/** Installs the peers where they are missing. */
export async function installPeers() {
  // As locked, and without their scripts: what is measured is in the packages.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await must('npm', args, { cwd: folder });
}

/** Each peer: its name, what it does to a text, and a text of its language of about `length` bytes. */
export async function peers(length) {
  const require = createRequire(join(folder, 'package.json'));
  const load = (name) => import(pathToFileURL(require.resolve(name)).href);

  const { createFromBuffer } = await load('@dprint/formatter');
  const toml = createFromBuffer(readFileSync(require('@dprint/toml').getPath()));
  toml.setConfig({}, {});

  // Packages of `bench/`, which are installed there alone.
  const { Workspace, PositionEncoding } = require(
    /** @type {string} */ ('@astral-sh/ruff-wasm-nodejs'),
  );
  const ruff = new Workspace({}, PositionEncoding.Utf16);

  const oxc = require(/** @type {string} */ ('@oxc-parser/binding-wasm32-wasi'));

  const tomlText = repeated(
    length,
    (at) =>
      `[stage.mask_${at}]\nkey   = "replace:[a-z]+${at}@[a-z.]+=***"\nafter=["mask_${at}"]\n\n`,
  );
  const pythonText = repeated(
    length,
    (at) =>
      `def mask_${at}(record, after):\n    return after.sub("[a-z]+${at}@[a-z.]+", record)\n\n\n`,
  );
  const scriptText = repeated(
    length,
    (at) => `export const mask${at} = (record) => record.replace(/[a-z]+${at}@[a-z.]+/g, '***');\n`,
  );
  return [
    {
      name: 'TOML formatter (dprint)',
      run: () => toml.formatText({ filePath: 'a.toml', fileText: tomlText }),
      text: tomlText,
    },
    { name: 'Python linter (ruff)', run: () => ruff.check(pythonText), text: pythonText },
    {
      name: 'JavaScript parser (oxc), tree as JSON',
      // The tree is made when it is asked for.
      run: () => oxc.parseSync('a.js', scriptText).program,
      text: scriptText,
    },
  ];
}

function repeated(length, part) {
  let text = '';
  for (let at = 0; text.length < length; at += 1) text += part(at);
  return text;
}
