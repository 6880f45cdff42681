// `npm run bench:adapters`: each adapter against a bare loop over the same client library, in turns in one run
// (crates/byteor-edgeplane/benches/adapters), and how large the program is. Paste it into docs/performance.md.
//   npm run bench:adapters                 everything
//   npm run bench:adapters -- Kafka        only what has the word in its name
//   npm run bench:adapters -- size         only the sizes of the program
//   --records 200000 --rounds 5            how much, and how often; a million and thrice by itself
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { row, table } from './lib/bench.mjs';
import { cacheDir, root } from './lib/project.mjs';
import { capture, must } from './lib/run.mjs';
import { adapterServers } from './lib/tools.mjs';

const words = process.argv.slice(2);
const load = () => readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
const [begun, from] = [new Date().toISOString().slice(0, 16), load()];

if (!words.includes('size')) await speed();
if (words.length === 0 || words.includes('size')) await sizes();
table();
console.log(`\n${begun}, load ${from} at the beginning and ${load()} at the end.`);

async function speed() {
  await adapterServers(console.log);
  const env = await peers();
  const args = ['bench', '--quiet', '--locked', '-p', 'byteor-edgeplane', '--bench', 'adapters'];
  const { stdout } = await must('cargo', [...args, '--', ...words], { env });
  const through = [];
  for (const text of stdout.split('\n').filter((line) => line)) {
    if (!text.startsWith('{')) {
      // A server that isn't on this machine.
      console.log(text);
      continue;
    }
    const one = JSON.parse(text);
    if (one.through) {
      through.push(one);
      continue;
    }
    row(
      `${one.name}, ${one.way} (${Math.round(one.records / 1000)} k)`,
      `${Math.round(one.records_per_s / 1000)} k records/s, ${one.processor_us.toFixed(2)} µs of processor time each, at most ${(one.peak_kb / 1024).toFixed(0)} MB`,
      `${one.rate.toFixed(2)} of the loop's rate (aim 0.9), ${one.processor.toFixed(2)} of its processor time (aim 1.15), which has ${(one.bare_peak_kb / 1024).toFixed(0)} MB`,
    );
  }
  const ours = through.find((one) => one.through === 'EdgePlane');
  for (const one of through) {
    const times = one.processor_us / ours.processor_us;
    row(
      `three stages, Kafka to Kafka, ${one.through}`,
      `${Math.round(one.records_per_s / 1000)} k records/s, ${one.processor_us.toFixed(2)} µs of processor time each, at most ${(one.peak_kb / 1024).toFixed(0)} MB`,
      one === ours ? '' : `EdgePlane takes ${times.toFixed(2)} × as many a processor second`,
    );
  }
}

/** Others that do the same: Kafka Streams by Maven, and Bento where there is one. Says what isn't. */
async function peers() {
  /** @type {Record<string, string>} */
  const env = {};
  const libs = join(cacheDir, 'streams/libs');
  if (!existsSync(libs)) {
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
    const pom = join(root, 'bench/adapters/pom.xml');
    const args = ['-q', '-B', '-f', pom, goal, '-DincludeScope=runtime'];
    const fetched = await capture('mvn', [...args, `-DoutputDirectory=${libs}`], {
      timeoutMs: 300_000,
    });
    const why = fetched.output.trim().split('\n')[0];
    if (fetched.code !== 0) console.log(`NOT RUN: Kafka Streams: Maven can't fetch it: ${why}`);
  }
  if (existsSync(libs)) env.BYTEOR_BENCH_STREAMS = libs;
  // Go's module proxy gives none of its versions to this project's machines.
  const bento = process.env.BYTEOR_BENCH_BENTO;
  if (bento) env.BYTEOR_BENCH_BENTO = bento;
  else console.log('NOT RUN: Bento: set BYTEOR_BENCH_BENTO to the path of its program');
  return env;
}

async function sizes() {
  for (const [what, aim, features] of [
    ['no broker: files, standard streams, HTTP and WebSocket', '8', 'http,stdio,websocket'],
    ['all adapters', '25', 'portable,kafka-tls'],
  ]) {
    const args = ['build', '--quiet', '--release', '--locked', '-p', 'byteor-edgeplane'];
    const which = ['--no-default-features', '--features', features];
    await must('cargo', [...args, ...which]);
    const bytes = statSync(join(root, 'target/release/byteor-edgeplane')).size;
    row(`byteor-edgeplane, stripped, ${what}`, `${(bytes / 1e6).toFixed(1)} MB`, `aim ${aim} MB`);
  }
}
