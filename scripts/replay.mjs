// Holds the answers of the WebAssembly packages against the native ones, byte by byte, on the fuzz
// corpora and on large plans (docs/verification.md). Nothing may trap, and no answer may differ.
//
//   node scripts/replay.mjs [FOLDER]   packages in another folder than wasm
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { loadOperations } from './lib/compiler-packages.mjs';
import { root } from './lib/project.mjs';
import { builtExample, must } from './lib/run.mjs';

const { stdout } = await must(await builtExample('replay'), [join(root, 'fuzz', 'corpus')]);

const wasm = await loadOperations(process.argv[2]);

const inputs = new Set();
const called = new Set();
let requests = 0;
let failed = 0;
for (const line of stdout.split('\n')) {
  if (line === '') continue;
  const [input, operation, hash, request] = line.split('\t');
  inputs.add(input);
  called.add(operation);
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
const missing = Object.keys(wasm).filter((operation) => !called.has(operation));
if (missing.length > 0) console.log(`no request calls ${missing.join(', ')}`);
process.exitCode = failed === 0 && requests > 0 && missing.length === 0 ? 0 : 1;
