import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'playwright/test';
import { deploymentPage, open, signIn } from './pages/index.ts';
import { startApp, type App } from './support/app.ts';
import {
  deploy,
  environmentId,
  files,
  makeBundle,
  makeVersion,
  onlineAgent,
  reaches,
} from './support/deploy.ts';
import { oracle } from './support/log.ts';
import { findProcess } from './support/processes.ts';
import { must } from './support/trpc.ts';

const plan = `pipeline orders
ingress in
stage even keep:[02468]$
stage mask "replace:[0-4]=#"
stage some sample:3
stage once dedupe:50
egress out
in -> even -> mask -> some -> once -> out
`;

/** What its stages remember is a shard's: each sees the records of its own customers. */
const sharded = `pipeline customers
ingress in
stage mask "replace:[0-4]=#"
stage once dedupe:20
stage some sample:2
egress out
in -> mask -> once -> some -> out

single_ring { ordering per_key; shards 3; shard_key 0 3 }
`;

let app: App;
test.beforeAll(async () => {
  test.setTimeout(600_000);
  app = await startApp();
});
test.afterAll(async () => {
  await app?.stop();
});

/** Appends records to a file, the next one each time. */
function appends(path: string, record: (n: number) => string) {
  let written = 0;
  return {
    written: () => written,
    more: async (records: number) => {
      const lines = Array.from({ length: records }, (_, i) => `${record(written + i)}\n`).join('');
      await appendFile(path, lines);
      written += records;
    },
  };
}

async function kill(words: string): Promise<void> {
  for (const pid of await findProcess(app.pid, words)) process.kill(pid, 'SIGKILL');
}

test('kill the runtime, the agent and the server while records flow: nothing is lost or doubled', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await signIn(page, app.signInLink);
  const environment = await environmentId(page, 'development');
  const agent = await onlineAgent(page, environment);
  const paths = files(app, 'killed');
  await writeFile(paths.input, '');
  const version = await makeVersion(page, environment, plan);
  const bundle = await makeBundle(page, environment, version, paths);
  const id = await deploy(page, { versionId: version, bundleId: bundle, agentIds: [agent] });
  await reaches(page, id, 'active');

  const input = appends(paths.input, (n) => `record ${n}`);
  for (const round of [0, 1, 2]) {
    for (let i = 0; i < 20; i += 1) {
      await input.more(997);
      await sleep(15);
    }
    await kill('byteor-edgeplane run');
    await input.more(4_001);
    await sleep(700 + 300 * round);
    await kill('byteor-agent run');
    await input.more(2_003);
    await sleep(400);
    if (round === 1) {
      // What the server acknowledged is there after it comes back.
      const draft = await must<{ draftId: string }>(page, 'mutation', 'drafts.create', {
        environmentId: environment,
        name: 'Acknowledged',
        text: plan,
        target: 'single_ring',
        layout: {},
      });
      await app.killServer();
      await input.more(3_001);
      await app.restart();
      const kept = await must<{ name: string }>(page, 'query', 'drafts.get', draft);
      expect(kept.name).toBe('Acknowledged');
    }
  }

  // Every third of those that pass, and of these each once among the last 50 that passed.
  const expected = await oracle(
    `grep -aE '[02468]$' '${paths.input}' | sed -E 's/[0-4]/#/g' | awk 'NR % 3 == 1 && !($0 in known) {
      print; known[$0]; passed[++count] = $0
      if (count > 50) delete known[passed[count - 50]]
    }'`,
  );
  await expect
    .poll(async () => (await readFile(paths.output)).length, { timeout: 90_000 })
    .toBe(expected.length);
  expect((await readFile(paths.output)).equals(expected)).toBe(true);
  await open(page, `${app.url}/deployments/${id}`);
  const out = expected.filter((byte) => byte === 10).length;
  await deploymentPage(page).countersReach(
    { in: input.written(), out, dropped: input.written() - out, rejected: 0 },
    90_000,
  );
});

test('kill the runtime and the agent of a ring in three shards: the order is that of the input, each shard remembers its own', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await signIn(page, app.signInLink);
  const environment = await environmentId(page, 'development');
  const agent = await onlineAgent(page, environment);
  const paths = files(app, 'sharded');
  await writeFile(paths.input, '');
  const version = await makeVersion(page, environment, sharded);
  const bundle = await makeBundle(page, environment, version, paths);
  const id = await deploy(page, { versionId: version, bundleId: bundle, agentIds: [agent] });
  await reaches(page, id, 'active');

  const record = (n: number) => `c${String((n * 7919) % 89).padStart(2, '0')} order ${n % 211}`;
  const input = appends(paths.input, record);
  for (const victim of ['byteor-edgeplane run', 'byteor-agent run', 'byteor-edgeplane run']) {
    for (let i = 0; i < 10; i += 1) {
      await input.more(997);
      await sleep(15);
    }
    await kill(victim);
    await input.more(2_003);
    await sleep(700);
  }

  const all = Array.from({ length: input.written() }, (_, n) => record(n));
  const expected = `${throughShards(all).join('\n')}\n`;
  await expect
    .poll(async () => (await readFile(paths.output)).length, { timeout: 90_000 })
    .toBe(Buffer.byteLength(expected));
  expect(await readFile(paths.output, 'utf8')).toBe(expected);
  await open(page, `${app.url}/deployments/${id}`);
  const out = expected.split('\n').length - 1;
  await deploymentPage(page).countersReach(
    { in: all.length, out, dropped: all.length - out, rejected: 0 },
    90_000,
  );
});

/** What the sharded plan makes of records, worked out from what docs/spec says of it. */
function throughShards(records: readonly string[]): string[] {
  const shards = Array.from({ length: 3 }, () => ({ last: [] as string[], seen: 0 }));
  return records.flatMap((record) => {
    const shard = shards[shardOf(record)]!;
    const masked = record.replace(/[0-4]/g, '#');
    if (shard.last.includes(masked)) return [];
    shard.last = [...shard.last, masked].slice(-20);
    shard.seen += 1;
    return shard.seen % 2 === 1 ? [masked] : [];
  });
}

/** FNV-1a with 64 bits over the shard key, by three. */
function shardOf(record: string): number {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(record.slice(0, 3))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return Number(hash % 3n);
}
