// Holds the answers of the WebAssembly package against the native ones, byte by byte, on the fuzz
// corpora and on large plans (docs/verification.md). Nothing may trap, and no answer may differ.
//
//   node scripts/replay.mjs [PACKAGE]   another folder than wasm/pkg
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './lib/project.mjs';
import { must } from './lib/run.mjs';

const example = ['run', '--quiet', '-p', 'byteor-pipeline-wasm', '--example', 'replay'];
const { stdout } = await must('cargo', [...example, '--', join(root, 'fuzz', 'corpus')]);

const folder = resolve(process.argv[2] ?? join(root, 'wasm', 'pkg'));
const wasm = await import(pathToFileURL(join(folder, 'byteor_pipeline_wasm.js')).href);
const module = readFileSync(join(folder, 'byteor_pipeline_wasm_bg.wasm'));
wasm.initSync({ module });

const inputs = new Set();
let requests = 0;
let failed = 0;
for (const line of stdout.split('\n')) {
  if (line === '') continue;
  const [input, operation, hash, request] = line.split('\t');
  inputs.add(input);
  requests += 1;
  let answer;
  try {
    answer = wasm[operation](request);
  } catch (error) {
    throw new Error(`${input}: ${operation} trapped in WebAssembly`, { cause: error });
  }
  const other = `sha256:${createHash('sha256').update(answer).digest('hex')}`;
  if (other === hash) continue;
  failed += 1;
  if (failed <= 20) console.log(`${input}: ${operation} answers otherwise in WebAssembly`);
}
console.log(
  `${requests} requests from ${inputs.size} inputs: ${requests - failed} the same natively and in WebAssembly, ${failed} not`,
);
process.exitCode = failed === 0 && requests > 0 ? 0 : 1;
