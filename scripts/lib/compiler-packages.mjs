// The WebAssembly packages of the compiler, for scripts that call them from Node.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './project.mjs';

const names = {
  pkg: 'byteor_pipeline_wasm',
  'language/pkg': 'byteor_language_wasm',
  'stages/pkg': 'byteor_stages_wasm',
};

/** The file of the package that loads with the editor. */
export const coreFile = join(root, 'wasm', 'pkg', 'byteor_pipeline_wasm_bg.wasm');

/** All operations by their names; `folder` has the packages as `wasm` has them. */
export async function loadOperations(folder = join(root, 'wasm')) {
  const operations = {};
  for (const [place, name] of Object.entries(names)) {
    const loaded = await import(pathToFileURL(join(folder, place, `${name}.js`)).href);
    loaded.initSync({ module: readFileSync(join(folder, place, `${name}_bg.wasm`)) });
    // What else a package exports is how it is loaded, and objects that are held: no operations.
    for (const [name, call] of Object.entries(loaded)) {
      if (name !== 'default' && name !== 'initSync' && !/^class\b/.test(String(call))) {
        operations[name] = call;
      }
    }
  }
  return operations;
}
