import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Browser, type Page } from 'playwright/test';
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
import { oracle, writeLog } from './support/log.ts';

closesWhatItOpened();

const LINES = 200_000;

const plan = `# Mask e-mail addresses, keep only JSON lines.
pipeline orders

ingress in
stage json keep:^\\{
stage quiet drop:level=debug
stage mask "replace:[a-z]+@[a-z.]+=***"
egress out

in -> json -> quiet -> mask -> out
`;

/** The same three steps with grep and sed. */
const filter = (input: string, mark = '\\*\\*\\*') =>
  `grep -aE '^\\{' '${input}' | grep -avE 'level=debug' | sed -E 's/[a-z]+@[a-z.]+/${mark}/g'`;

let app: App;
let owner: Page;
let operator: Page;

async function person(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  return context.newPage();
}

/** Holds the counters on the page and the bytes of an output against grep and sed. */
async function comesOutRight(output: string): Promise<void> {
  const expected = await oracle(filter(join(app.filesDir, 'orders.log')));
  const lines = expected.filter((byte) => byte === 10).length;
  await deploymentPage(owner).countersReach({
    in: LINES,
    out: lines,
    dropped: LINES - lines,
    rejected: 0,
  });
  expect((await readFile(join(app.filesDir, output))).equals(expected)).toBe(true);
}

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  app = await startApp({ first: true });
  owner = await person(browser);
  operator = await person(browser);
  await signIn(owner, app.signInLink);
  await overview(owner).agentOnline('development', 480_000);
  await overview(owner).agentOnline('production', 60_000);
  await writeLog(join(app.filesDir, 'orders.log'), LINES);
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

let productionVersion = '';
let firstDeployment = '';

test('write a plan as text and as a graph, and see the bytes that will run', async () => {
  await overview(owner).openEnvironment('development');
  await environmentPage(owner).tab('Drafts');
  await environmentPage(owner).newDraft('Orders feed');
  const edit = editor(owner);
  await edit.opened();
  await edit.openTextLane();
  await edit.typeText(plan);
  await expect(edit.row('mask')).toBeVisible();
  const hash = await edit.specHash();
  expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await edit.specKv()).toContain('single_ring.stages.2.id=mask');

  // From the outline, by keyboard: a rename changes the hash, undo brings it back.
  await edit.rename('mask', 'hide');
  await expect.poll(() => edit.specHash()).not.toBe(hash);
  await owner.keyboard.press('ControlOrMeta+Z');
  await expect(edit.row('mask')).toBeVisible();
  await expect.poll(() => edit.specHash()).toBe(hash);

  // A plan with an error: a reason beside the disabled button, and nothing else breaks.
  await edit.setKey('json', 'keep:^(');
  await expect(edit.problems.first()).toBeVisible();
  await expect.poll(() => edit.refusal()).not.toBe('');
  await edit.setKey('json', 'keep:^\\{');
  await expect.poll(() => edit.specHash()).toBe(hash);

  // The draft survives a reload.
  await edit.saved();
  await owner.reload();
  await edit.opened();
  await expect.poll(() => edit.specHash()).toBe(hash);
});

test('run it alone in development, where policy approves', async () => {
  const edit = editor(owner);
  const hash = await edit.specHash();
  await edit.createVersion();
  expect(await versionPage(owner).checkedSpecHash()).toBe(hash);

  await versionPage(owner).createBundle();
  await bundleForm(owner).fill({
    name: 'Orders in development',
    input: join(app.filesDir, 'orders.log'),
    output: join(app.filesDir, 'development.out'),
    reject: join(app.filesDir, 'development.rejected'),
    mode: 'Follow the file',
    start: 'From the start',
  });
  await bundleForm(owner).create();
  await bundleForm(owner).deploy();
  await deploymentForm(owner).choose({ agent: 'local-development' });
  await deploymentForm(owner).request();
  await deploymentPage(owner).reaches('Active');

  await comesOutRight('development.out');
});

test('take it to production with a second person, who decides on one screen', async () => {
  // The owner promotes the version and asks for a deployment.
  await overview(owner).openEnvironment('development');
  await environmentPage(owner).tab('Versions');
  await environmentPage(owner).openVersion(1);
  const hash = await versionPage(owner).checkedSpecHash();
  await versionPage(owner).promote('production');
  expect(await versionPage(owner).checkedSpecHash()).toBe(hash);
  productionVersion = owner.url();
  await versionPage(owner).createBundle();
  await bundleForm(owner).fill({
    name: 'Orders in production',
    input: join(app.filesDir, 'orders.log'),
    output: join(app.filesDir, 'production.out'),
    reject: join(app.filesDir, 'production.rejected'),
    mode: 'Follow the file',
    start: 'From the start',
  });
  await bundleForm(owner).create();
  await bundleForm(owner).deploy();
  await deploymentForm(owner).choose({ agent: 'local-production' });
  await deploymentForm(owner).comment('First run in production');
  firstDeployment = await deploymentForm(owner).request();
  await deploymentPage(owner).reaches('Pending approval');

  // The requester can't approve it.
  await deploymentPage(owner).openApproval();
  await expect(approvalScreen(owner).approve).toBeDisabled();

  // A second person joins by a one-time link and approves.
  await joins(owner, operator);
  const screen = approvalScreen(operator);
  await screen.openFirst();
  await screen.hashesMatch();
  await screen.decide('approve', 'Looks right');

  await open(owner, `${app.url}/deployments/${firstDeployment}`);
  await deploymentPage(owner).reaches('Active');
  expect(await deploymentPage(owner).states()).toHaveLength(5);

  await comesOutRight('production.out');
});

test('a changed version shows its difference, is denied, and the first keeps running', async () => {
  await overview(owner).openEnvironment('development');
  await environmentPage(owner).tab('Drafts');
  await overview(owner).openDraft('Orders feed');
  const edit = editor(owner);
  await edit.opened();
  await edit.setKey('mask', 'replace:[a-z]+@[a-z.]+=HIDDEN');
  await edit.saved();
  await edit.createVersion();
  await versionPage(owner).promote('production');
  expect(owner.url()).not.toBe(productionVersion);
  // A config bundle belongs to a version: the same wiring, for the new one.
  await versionPage(owner).createBundle();
  await bundleForm(owner).fill({
    name: 'Orders in production, again',
    input: join(app.filesDir, 'orders.log'),
    output: join(app.filesDir, 'production.out'),
    reject: join(app.filesDir, 'production.rejected'),
    mode: 'Follow the file',
    start: 'From the start',
  });
  await bundleForm(owner).create();
  await bundleForm(owner).deploy();
  await deploymentForm(owner).choose({ agent: 'local-production' });
  const second = await deploymentForm(owner).request();
  await deploymentPage(owner).reaches('Pending approval');

  const screen = approvalScreen(operator);
  await screen.openFirst();
  await screen.hashesMatch();
  expect(await screen.changes()).toContain('mask');
  await screen.decide('deny', 'Keep the stars');

  await open(owner, `${app.url}/deployments/${second}`);
  await deploymentPage(owner).reaches('Denied');
  await open(owner, `${app.url}/deployments/${firstDeployment}`);
  await deploymentPage(owner).reaches('Active');

  // Still running: what is appended now comes out.
  const { appendFile } = await import('node:fs/promises');
  await appendFile(join(app.filesDir, 'orders.log'), '{"mail":"late@example.com"}\n');
  const expected = await oracle(filter(join(app.filesDir, 'orders.log')));
  await expect
    .poll(async () => (await readFile(join(app.filesDir, 'production.out'))).equals(expected), {
      timeout: 20_000,
    })
    .toBe(true);
});
