// `npm run check`: formatters, linters, types and boundaries, without the tests.
//   npm run check -- rust      only those of Rust, or `web`
//   npm run check -- adapters  builds with one adapter each, which take long for the first time
import { adapterChecks, rustChecks, webChecks } from './lib/checks.mjs';
import { capture, seconds } from './lib/run.mjs';

const groups = { web: webChecks, rust: rustChecks, adapters: adapterChecks };
const only = process.argv[2];
if (only !== undefined && !Object.hasOwn(groups, only)) {
  console.error(`Usage: npm run check [-- ${Object.keys(groups).join(' | ')}]`);
  process.exit(2);
}
const checks =
  only === undefined
    ? [...webChecks, ...rustChecks]
    : groups[/** @type {keyof typeof groups} */ (only)];
let failed = 0;
for (const check of checks) {
  const from = performance.now();
  const output = await outputOf(check);
  console.log(`${output ? 'FAILED' : 'ok    '} ${check.title} (${seconds(from)})`);
  if (output) {
    failed += 1;
    console.log(output);
  }
}
process.exitCode = failed ? 1 : 0;

async function outputOf(check) {
  if (check.complaints) return check.complaints().join('\n');
  if (check.before) await capture(check.before[0], check.before.slice(1));
  const result = await capture(check.command[0], check.command.slice(1));
  return result.code === 0 ? '' : result.output || `ended with ${result.code}`;
}
