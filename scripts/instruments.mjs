// Runs Miri, ThreadSanitizer, AddressSanitizer and callgrind, of which `npm test` runs a part
// (docs/verification.md).
//
//   node scripts/instruments.mjs                 all of them, whole
//   node scripts/instruments.mjs Miri            those whose title holds the word
//   node scripts/instruments.mjs --quick Miri    as `npm test` runs them
import { instruments } from './lib/instruments.mjs';
import { seconds } from './lib/run.mjs';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

const quick = process.argv.includes('--quick');
const word = process.argv.slice(2).find((one) => one !== '--quick') ?? '';
const asked = instruments.filter(({ title }) => title.includes(word));
if (asked.length === 0) {
  console.error(
    `there is no ${word}; there are ${instruments.map(({ title }) => title).join(', ')}`,
  );
  process.exit(2);
}
for (const { title, run } of asked) {
  const from = performance.now();
  const { code, output, notRun } = await run(quick);
  if (code !== 0) {
    console.log(output);
    process.exitCode = 1;
  }
  console.log(
    `${title}: ${notRun ? `NOT RUN: ${notRun}` : code === 0 ? 'ok' : 'FAILED'} (${seconds(from)})`,
  );
}
