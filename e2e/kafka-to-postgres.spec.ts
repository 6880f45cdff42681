/**
 * A person draws a plan, wires a Kafka topic to a table of PostgreSQL, tries the connection from the page,
 * has the deployment approved and watches the lag fall; the broker is killed and comes back, and the table
 * holds exactly what it should.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test, type Browser, type Page } from 'playwright/test';
import { startPostgres } from '../scripts/postgres.mjs';
import {
  approvalScreen,
  bundleForm,
  deploymentForm,
  deploymentPage,
  environmentPage,
  joins,
  open,
  overview,
  signIn,
  versionPage,
} from './pages/index.ts';
import { editor } from './pages/editor.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import {
  makeEnvironment,
  nativeBinaries,
  sharedName,
  startHost,
  type Host,
} from './support/hosts.ts';
import { startKafka, type Kafka } from './support/kafka.ts';

closesWhatItOpened();

const BEFORE = 40_000;
const AFTER = 5_000;
const PASSWORD = 'a password of these specs'.replaceAll(' ', '-');

const record = (id: number) =>
  JSON.stringify({
    id,
    kind: id % 4 === 0 ? 'ping' : 'order',
    mail: `user${id % 97}@example.com`,
    amount: (id * 7919) % 1000,
  });
const ids = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);

/** What the table has to hold, worked out without the pipeline. */
const expected = (all: readonly number[]): string[] =>
  all
    .map((id) => JSON.parse(record(id)) as { id: number; kind: string; amount: number })
    .filter(({ kind }) => kind !== 'ping')
    .map(({ id, kind, amount }) => `${id} ${kind} *** ${amount}`);

let app: App;
let host: Host;
let kafka: Kafka;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let table: pg.Client;
let owner: Page;
let operator: Page;
let bundleUrl = '';

async function person(browser: Browser): Promise<Page> {
  return (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
}

async function rows(): Promise<string[]> {
  const { rows: found } = await table.query<{ line: string }>(
    `SELECT id || ' ' || kind || ' ' || mail || ' ' || amount AS line FROM orders ORDER BY id`,
  );
  return found.map(({ line }) => line);
}

/** The steps of one side as the page shows them: `connect worked`. */
const steps = (side: 'come from' | 'go') =>
  owner
    .getByRole('region', { name: `Where records ${side}` })
    .locator('[data-step]')
    .evaluateAll((all) => all.map((step) => `${step.dataset['step']} ${step.dataset['state']}`));

async function testConnection(): Promise<void> {
  const button = owner.getByRole('button', { name: 'Test connection' });
  await expect(button).toBeEnabled();
  await button.click();
  await expect(owner.getByText(/steps (worked|failed)/).first()).toBeVisible();
}

test.describe.configure({ mode: 'serial' });
test.use({ actionTimeout: 20_000 });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  const binaries = await nativeBinaries();
  [app, kafka, postgres] = await Promise.all([
    startApp({ agents: false }),
    startKafka(),
    startPostgres({ password: PASSWORD }),
  ]);
  table = new pg.Client({ connectionString: postgres.url });
  await table.connect();
  await table.query(
    'CREATE TABLE orders (id bigint PRIMARY KEY, kind text, mail text, amount bigint)',
  );
  owner = await person(browser);
  operator = await person(browser);
  await signIn(owner, app.signInLink);
  const place = await makeEnvironment(owner, { approvalRequired: true, selfApproval: false });
  host = await startHost(owner, app, binaries, place, 'edge-1', ['--allow-net=127.0.0.1']);
  await writeFile(join(host.files, 'password'), `${PASSWORD}\n`, { mode: 0o600 });
  await kafka.makeTopic('orders', 3);
  await kafka.produce('orders', ids(1, BEFORE).map(record));
});

test.afterAll(async () => {
  await host?.stop();
  await table?.end();
  await Promise.all([kafka?.stop(), postgres?.stop()]);
  if (app) expect(await app.stop()).toBe(0);
});

test('draw a plan, and wire a topic to a table', async () => {
  await overview(owner).openEnvironment('edge');
  await environmentPage(owner).tab('Drafts');
  await environmentPage(owner).newDraft('Orders to the warehouse');
  const edit = editor(owner);
  await edit.opened();
  await edit.openTextLane();
  await edit.typeText('pipeline orders\n\ningress in\negress out\n\nin -> out\n');
  await edit.addStage({ key: 'drop:ping', id: 'no_pings', at: 'in' });
  await edit.addStage({ key: 'replace:[a-z0-9]+@[a-z.]+=***', id: 'mask', at: 'no_pings' });
  await edit.saved();
  await edit.createVersion();
  await versionPage(owner).createBundle();

  await owner.getByLabel('Records come from').selectOption('kafka');
  await owner.getByRole('textbox', { name: 'Servers' }).fill(kafka.servers);
  // A slip of the pen, which the trial finds.
  await owner.getByRole('textbox', { name: 'Topic' }).fill('order');
  await owner.getByLabel('Records go to').selectOption('postgres');
  const url = new URL(postgres.url);
  const fields: [string, string][] = [
    ['Server', `postgres://127.0.0.1:${url.port}`],
    ['Database', 'postgres'],
    ['Table', 'orders'],
    ['User', 'byteor'],
    ['Secret of the password', 'warehouse'],
    ['Columns of the key', 'id'],
    ['Reject path', join(sharedName(app), 'rejected')],
    ['Name', 'Orders to the warehouse'],
  ];
  for (const [name, value] of fields) {
    await owner.getByRole('textbox', { name, exact: true }).fill(value);
  }
  await owner.getByRole('radio', { name: 'Without' }).check();
  await owner.getByRole('radio', { name: 'One row for each key' }).check();
  const secret = owner.getByRole('textbox', { name: 'Path of the secret warehouse' });
  await secret.fill(join(sharedName(app), 'password'));
});

test('test the connection: each step is told, and no secret leaves before somebody approved', async () => {
  await testConnection();
  expect(await steps('come from')).toEqual(['resolve worked', 'connect worked', 'find failed']);
  await expect(owner.getByText('correct the name in the config')).toBeVisible();
  expect(await steps('go')).toEqual([
    'open worked',
    'resolve worked',
    'connect worked',
    'authenticate held_back',
  ]);
  await owner.getByRole('textbox', { name: 'Topic' }).fill('orders');
  await expect(owner.getByText('The fields were changed since')).toBeVisible();
  await testConnection();
  expect(await steps('come from')).toEqual(['resolve worked', 'connect worked', 'find worked']);
  await expect(owner.getByText('has 3 partitions')).toBeVisible();
  await bundleForm(owner).create();
  bundleUrl = owner.url();
});

test('deploy it with an approval, and watch the lag fall', async () => {
  await bundleForm(owner).deploy();
  await deploymentForm(owner).choose({ agent: 'edge-1' });
  await deploymentForm(owner).comment('Orders into the warehouse');
  const deploymentId = await deploymentForm(owner).request();
  await deploymentPage(owner).reaches('Pending approval');
  await joins(owner, operator);
  await open(owner, `${app.url}/deployments/${deploymentId}`);
  const screen = approvalScreen(operator);
  await screen.openFirst();
  await screen.hashesMatch();
  // Somebody else has the table for a while: what is read waits.
  await table.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
  await screen.decide('approve', 'The warehouse is ours');
  await deploymentPage(owner).reaches('Active');
  const lag = owner.locator('[data-lag="source"]');
  await expect(lag).toHaveText(BEFORE.toLocaleString('en'));
  await expect(owner.locator('[data-peer="source"]')).toHaveAttribute('data-answers', 'Connected');
  await table.query('COMMIT');
  await expect(lag).toHaveText('0', { timeout: 30_000 });
  await expect(owner.locator('[data-peer="sink"]')).toHaveAttribute('data-answers', 'Connected');
  expect(await rows()).toEqual(expected(ids(1, BEFORE)));
});

test('the broker is killed and comes back: the page says so within seconds, and nothing is lost', async () => {
  await kafka.kill();
  const down = owner.locator('[data-peer-down="source"]');
  await expect(down).toContainText('Kafka doesn’t answer edge-1');
  await expect(owner.getByRole('status', { name: 'Health' })).toContainText('Strained');
  await kafka.startAgain();
  await kafka.produce('orders', ids(BEFORE + 1, AFTER).map(record));
  await expect(down).toBeHidden();
  const all = expected(ids(1, BEFORE + AFTER));
  await expect.poll(async () => (await rows()).length, { timeout: 30_000 }).toBe(all.length);
  expect(await rows()).toEqual(all);
  await expect(owner.locator('[data-lag="source"]')).toHaveText('0');
});

test('once it was approved, the trial goes to the end, and elsewhere still not', async () => {
  await owner.goto(bundleUrl);
  await testConnection();
  expect(await steps('go')).toEqual([
    'open worked',
    'resolve worked',
    'connect worked',
    'authenticate worked',
    'find worked',
  ]);
});
