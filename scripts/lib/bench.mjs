// What the benches share: a table of figures, medians, an install to measure, a page that counts.
import { spawn } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { createInterface } from 'node:readline';
import { brotliCompressSync, constants } from 'node:zlib';
import { must as mustFromPage } from '../../e2e/support/trpc.ts';
import { childEnv } from './project.mjs';
import { must } from './run.mjs';

const rows = [];

/** Says a figure, and keeps it for the table. */
export function row(what, figure, against = '') {
  rows.push([what, figure, against]);
  console.log(`${what}: ${figure}${against ? ` (${against})` : ''}`);
}

/** The table of all figures, as docs/performance.md has it. */
export function table() {
  const cpu = cpus();
  console.log(
    `\nMachine: ${cpu.length} × ${cpu[0]?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ` +
      `${process.platform} ${process.arch}\n`,
  );
  console.log('| what | figure | against |\n| --- | --- | --- |');
  for (const [what, figure, against] of rows) console.log(`| ${what} | ${figure} | ${against} |`);
}

export const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
export const kB = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
export const ms = (time) => `${time.toFixed(time < 10 ? 2 : 1)} ms`;
export const quantile = (sorted, q) =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
export const median = (values) =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

/** The median time of a call in milliseconds, of calls that take at least `least` ms together. */
export function timed(call, { least = 100, most = 200 } = {}) {
  const times = [];
  let all = 0;
  while (times.length < 3 || (all < least && times.length < most)) {
    const from = performance.now();
    call();
    const took = performance.now() - from;
    times.push(took);
    all += took;
  }
  return median(times);
}

/** A large plan of the generator (crates/byteor-pipeline-generator). */
export async function largePlan(shape, lines, { variant = 0 } = {}) {
  const options = ['--shape', shape, '--lines', String(lines), '--variant', String(variant)];
  return (await must('cargo', ['run', '--quiet', '-p', 'xtask', '--', 'plan', ...options])).stdout;
}

/** Starts an install and answers how long it took until `ready`, and how to end it. */
export async function startInstall(cwd, dataDir, agents) {
  const from = performance.now();
  const child = spawn('npm', ['start'], {
    cwd,
    env: childEnv({
      BYTEOR_DATA_DIR: dataDir,
      BYTEOR_CLOUD_API_BIND_ADDR: '127.0.0.1:0',
      BYTEOR_CLOUD_LOCAL_AGENTS: String(agents),
    }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = [];
  const [url, link] = await new Promise((resolve, reject) => {
    let signIn = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line);
      signIn ||= /https?:\S+sign-in#\S+/.exec(line)?.[0] ?? '';
      if (line.startsWith('ready ')) resolve([line.slice('ready '.length), signIn]);
    });
    child.on('exit', (code) =>
      reject(new Error(`npm start ended with ${code}\n${said.join('\n')}`)),
    );
  });
  return {
    took: performance.now() - from,
    url,
    link,
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.on('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

/** A Chromium that the benches drive. */
export async function launchChromium() {
  const { chromium } = await import('playwright');
  const { chromium: find } = await import('./tools.mjs');
  return chromium.launch({
    executablePath: await find(console.log),
    args: ['--no-sandbox', '--disable-background-networking'],
  });
}

/** Signs in to an install and makes a draft; answers its id. */
export async function makeDraft(context, install, text, layout = {}) {
  const tab = await context.newPage();
  await tab.goto(install.link);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  const draftId = await tab.evaluate(
    async ({ text, layout }) => {
      const tree = await (await fetch('/trpc/workspace.tree')).json();
      const environmentId = tree.result.data.orgs[0].projects[0].environments[0].id;
      const made = await fetch('/trpc/drafts.create', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          environmentId,
          name: 'Large',
          text,
          target: 'lane_graph',
          layout,
        }),
      });
      return (await made.json()).result.data.draftId;
    },
    { text, layout },
  );
  await tab.close();
  return draftId;
}

/**
 * A call of the control plane from a signed-in page, as the page itself makes it.
 * @type {(tab: any, kind: 'query' | 'mutation', procedure: string, input?: unknown) => Promise<any>}
 */
export const ask = mustFromPage;

/** The same without a page, for the owner of an install; signs in with the link of its start. */
export async function openClient(install) {
  let cookie = '';
  const call = async (kind, procedure, input) => {
    const json = input === undefined ? '' : JSON.stringify(input);
    const reads = kind === 'query';
    const query = reads && json ? `?input=${encodeURIComponent(json)}` : '';
    const response = await fetch(`${install.url}/trpc/${procedure}${query}`, {
      method: reads ? 'GET' : 'POST',
      headers: {
        cookie,
        origin: new URL(install.url).origin,
        ...(reads ? {} : { 'content-type': 'application/json' }),
      },
      ...(reads ? {} : { body: json || '{}' }),
    });
    const set = response.headers.getSetCookie()[0];
    if (set) cookie = set.split(';')[0];
    const body = await response.json();
    if (body.error) throw new Error(`${procedure}: ${JSON.stringify(body.error)}`);
    return body.result.data;
  };
  await call('mutation', 'session.signIn', { token: new URL(install.link).hash.slice(1) });
  return call;
}

/**
 * How often a bench asks whether something has come, in milliseconds: a person may ask 1,200 times a
 * minute (server/limits/limits.ts), and a figure is too high by as much at most.
 */
export const LOOK_MS = 50;

/** Asks until an answer is there, and answers it. */
export async function until(what, look, seconds = 120) {
  const limit = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > limit) throw new Error(`${what}: not after ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Median, 95th percentile and longest, as a row says them. */
export function spread(times) {
  const sorted = times.toSorted((a, b) => a - b);
  return `p50 ${ms(quantile(sorted, 0.5))}, p95 ${ms(quantile(sorted, 0.95))}, most ${ms(sorted.at(-1) ?? 0)}`;
}
