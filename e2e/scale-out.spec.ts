/**
 * docs/guides/scale-out.md as written: one deployment on three agents, which divide a topic among them as
 * members of a group. One joins late, one leaves, one is lost with all that it runs: each record is there, and
 * those of a key are in their order.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, type Page } from 'playwright/test';
import { signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { deploy, makeVersion, reaches } from './support/deploy.ts';
import {
  makeEnvironment,
  nativeBinaries,
  sharedName,
  startHost,
  type Host,
} from './support/hosts.ts';
import { startKafka, type Kafka } from './support/kafka.ts';
import { must } from './support/trpc.ts';

closesWhatItOpened();

const GUIDE = fileURLToPath(new URL('../docs/guides/scale-out.md', import.meta.url));
const PARTITIONS = 6;
const CUSTOMERS = 40;
const EACH = 5_000;
const PATIENCE = { timeout: 90_000, intervals: [250] };

/** The block of this kind in the guide, without what indents it. */
async function block(kind: string): Promise<string> {
  const guide = await readFile(GUIDE, 'utf8');
  const found = new RegExp(`^ *\`\`\`${kind}\n([^]*?)^ *\`\`\``, 'm').exec(guide)?.[1];
  if (found === undefined) throw new Error(`the guide has no ${kind}`);
  return found.replaceAll(/^ {3}/gm, '');
}

/** A side of a config bundle from its canonical lines. */
function side(text: string, name: 'ingress' | 'egress', servers: string): Record<string, unknown> {
  const lines = text.split('\n').filter((line) => line.startsWith(`adapter.${name}.kafka.`));
  const entries = lines.map((line) => {
    const [key = '', value = ''] = line.slice(`adapter.${name}.kafka.`.length).split('=');
    return [key, /^\d+$/.test(value) ? Number(value) : value] as const;
  });
  return { kind: 'kafka', ...Object.fromEntries(entries), servers };
}

const record = (number: number) =>
  JSON.stringify({
    number,
    customer: `c${(number * 7919) % CUSTOMERS}`,
    mail: `user${number % 97}@example.com`,
  });

let app: App;
let kafka: Kafka;
let owner: Page;
let hosts: Host[];
let versionId: string;
let bundleId: string;
let fed = 0;

async function feed(): Promise<void> {
  const from = fed + 1;
  fed += EACH;
  await kafka.produce(
    'orders',
    Array.from({ length: EACH }, (_, at) => record(from + at)),
    (line) => (JSON.parse(line) as { customer: string }).customer,
  );
}

/** Waits until all that was fed is there, and looks at it. */
async function allThere(): Promise<void> {
  let records: { number: number; customer: string; mail: string }[] = [];
  await expect
    .poll(async () => {
      const lines = await kafka.consume('orders-masked');
      records = lines.map((line) => JSON.parse(line) as (typeof records)[number]);
      return new Set(records.map(({ number }) => number)).size;
    }, PATIENCE)
    .toBe(fed);
  const last = new Map<string, number>();
  const seen = new Set<number>();
  // An expectation of Playwright is a step of its report: two for each record took minutes.
  const wrong: string[] = [];
  for (const { number, customer, mail } of records) {
    if (mail !== '***') wrong.push(`${number} has the address ${mail}`);
    const before = last.get(customer) ?? 0;
    // What comes again may; for the first time each of a customer comes behind the one before.
    if (!seen.has(number) && number <= before) wrong.push(`${number} comes behind ${before}`);
    last.set(customer, Math.max(number, last.get(customer) ?? 0));
    seen.add(number);
  }
  expect(wrong).toEqual([]);
}

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  const binaries = await nativeBinaries();
  [app, kafka] = await Promise.all([startApp({ agents: false }), startKafka()]);
  owner = await (await browser.newContext()).newPage();
  await signIn(owner, app.signInLink);
  const place = await makeEnvironment(owner);
  const { environmentId } = place;
  hosts = await Promise.all(
    ['edge-1', 'edge-2', 'edge-3'].map((name) =>
      startHost(owner, app, binaries, place, name, ['--allow-net=127.0.0.1']),
    ),
  );
  await kafka.makeTopic('orders', PARTITIONS);
  await kafka.makeTopic('orders-masked', PARTITIONS);
  versionId = await makeVersion(owner, environmentId, await block('plan'));
  const { config } = await must<{ config: Record<string, unknown> }>(
    owner,
    'query',
    'bundles.suggest',
    { environmentId, versionId },
  );
  const wiring = await block('text');
  ({ bundleId } = await must<{ bundleId: string }>(owner, 'mutation', 'bundles.create', {
    environmentId,
    versionId,
    name: 'From Kafka to Kafka',
    config: {
      ...config,
      ingress: side(wiring, 'ingress', kafka.servers),
      egress: side(wiring, 'egress', kafka.servers),
      reject: { path: join(sharedName(app), 'orders.rejected') },
    },
  }));
});

test.afterAll(async () => {
  for (const host of hosts ?? []) await host.stop();
  await app?.stop();
  await kafka?.stop();
});

/** Deploys to so many of the hosts, from the first on. */
async function deployTo(count: number): Promise<void> {
  const agentIds = hosts.slice(0, count).map((host) => host.id);
  const rollout = { pauseSeconds: 5 };
  const deploymentId = await deploy(owner, { versionId, bundleId, agentIds, rollout });
  await feed();
  await reaches(owner, deploymentId, 'active');
}

const divided = (between: number) =>
  expect
    .poll(async () => {
      const shares = await kafka.shares('orders-masked');
      return shares.filter((share) => share > 0).length;
    }, PATIENCE)
    .toBe(between);

test('two agents divide the topic, and a third one joins them', async () => {
  test.setTimeout(240_000);
  await deployTo(2);
  await divided(2);
  await deployTo(3);
  await divided(3);
  await feed();
  await allThere();
});

test('one leaves in order, and one is lost: the others go on with their shares', async () => {
  test.setTimeout(240_000);
  const [, second, third] = hosts;
  if (!second || !third) throw new Error('three hosts');
  const feeding = feed();
  await second.stop();
  await feeding;
  await divided(2);
  const more = feed();
  await third.kill();
  await more;
  await divided(1);
  await feed();
  await allThere();
});
