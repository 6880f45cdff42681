// `npm run check`: formatters, linters, types and boundaries, without the tests.
//   npm run check -- rust      only those of Rust, or `web`
import { rustChecks, webChecks } from './lib/checks.mjs';
import { capture, seconds } from './lib/run.mjs';

const only = process.argv[2];
if (only !== undefined && only !== 'rust' && only !== 'web') {
  console.error('Usage: npm run check [-- rust | web]');
  process.exit(2);
}
const checks = [...(only === 'rust' ? [] : webChecks), ...(only === 'web' ? [] : rustChecks)];
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
