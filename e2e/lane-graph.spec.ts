import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { environmentId } from './support/deploy.ts';
import { graphNumbers, isSubsequence, linesOf, stepped } from './support/graph.ts';
import { nativeBinaries, sharedName, startHost, type Host } from './support/hosts.ts';
import { must } from './support/trpc.ts';

closesWhatItOpened();

/** A fan-out, a merge, a journal, a stage that drops, and two ways out. */
const plan = `pipeline orders

ingress feed
stage quiet drop:level=debug
stage mask "replace:[0-9]=#"
stage errors keep:level=error
stage stamp "prefix:> "
stage copy identity
egress out
egress archive

feed -> quiet
quiet -> mask -> stamp
quiet -> errors -> stamp
stamp -> out
quiet -[journal]-> copy -> archive

lane_graph { on_full block }
`;

/** One way through, whose full lanes discard: a file is read faster than it goes through. */
const dropping = `pipeline hurried

ingress feed
stage quiet drop:level=debug
stage masked "replace:[0-9]=#"
stage again "replace:[a-z]=x"
egress out

feed -> quiet -> masked -> again -> out

lane_graph { on_full drop }
`;

let app: App;
let owner: Page;
let operator: Page;
/** Agents that keep what their graphs chose, so that the stepping executor can be given it. */
let production: Host;
let development: Host;

async function person(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  return context.newPage();
}

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  const binaries = await nativeBinaries();
  app = await startApp({ agents: false });
  owner = await person(browser);
  operator = await person(browser);
  await signIn(owner, app.signInLink);
  const { orgs } = await must<{ orgs: { id: string; projects: { id: string }[] }[] }>(
    owner,
    'query',
    'workspace.tree',
  );
  const place = { orgId: orgs[0]!.id, projectId: orgs[0]!.projects[0]!.id };
  const hostIn = async (environment: string) =>
    startHost(
      owner,
      app,
      binaries,
      { ...place, environmentId: await environmentId(owner, environment) },
      `edge-${environment}`,
      ['--record-choices'],
    );
  production = await hostIn('production');
  development = await hostIn('development');
});

test.afterAll(async () => {
  await Promise.all([production?.stop(), development?.stop()]);
  await app?.stop();
});

/** Types a plan for lane_graph into a new draft and makes a version of it. */
async function typed(name: string, text: string): Promise<void> {
  await overview(owner).openEnvironment('development');
  await environmentPage(owner).tab('Drafts');
  await environmentPage(owner).newDraft(name);
  const edit = editor(owner);
  await edit.opened();
  await edit.openTextLane();
  await edit.chooseTarget('lane_graph');
  await edit.typeText(text);
  const hash = await edit.specHash();
  await edit.saved();
  await edit.createVersion();
  expect(await versionPage(owner).checkedSpecHash()).toBe(hash);
}

/** Line `n` of the input: every fifth is debug, every seventh an error. */
const line = (n: number) =>
  `order ${n} level=${n % 5 === 0 ? 'debug' : n % 7 === 0 ? 'error' : 'info'}`;
const input = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => line(from + at));
const passes = (text: string) => !text.includes('level=debug');

let deployment = '';
let written = 0;

test('type a graph, see what a kill may change, wire its two outputs by one path, and have it approved', async () => {
  await typed('Orders', plan);
  const promise = owner.locator('[data-promise]');
  await expect(promise).toHaveAttribute('data-promise', 'at_least_once');
  await expect(promise).toContainText('takes from whichever input has a record');
  await expect(promise).toContainText('journal, which overwrites its oldest records');
  await versionPage(owner).promote('production');

  await versionPage(owner).createBundle();
  await bundleForm(owner).fill({
    name: 'Orders in production',
    input: join(sharedName(app), 'orders.log'),
    output: join(sharedName(app), 'orders.out'),
    reject: join(sharedName(app), 'orders.rejected'),
  });
  // One path for two outputs is no bundle; the form says so, and how it is one.
  await expect(owner.getByText('The spec has 2 egresses (archive, out)').first()).toBeVisible();
  await owner.getByRole('button', { name: 'Put {boundary} into the path' }).click();
  for (const id of ['archive', 'out']) {
    await expect(owner.locator(`[data-boundary="${id}"]`)).toHaveText(
      join(sharedName(app), `orders-${id}.out`),
    );
  }
  await bundleForm(owner).create();
  await bundleForm(owner).deploy();
  await deploymentForm(owner).choose({ agent: 'edge-production' });
  await writeFile(join(production.files, 'orders.log'), '');
  deployment = await deploymentForm(owner).request();

  await joins(owner, operator);
  const screen = approvalScreen(operator);
  await screen.openFirst();
  await screen.hashesMatch();
  await screen.decide('approve', 'Looks right');
  await open(owner, `${app.url}/deployments/${deployment}`);
  await deploymentPage(owner).reaches('Active');
});

test('kill it at random moments: each way out is what the stepping executor gives for its choices', async () => {
  test.setTimeout(600_000);
  const path = join(production.files, 'orders.log');
  for (let round = 0; round < 6; round += 1) {
    const pace = 5 + Math.floor(Math.random() * 20);
    for (let burst = 0; burst < 15; burst += 1) {
      const next = written + 97 + Math.floor(Math.random() * 200);
      await appendFile(path, `${input(written, next).join('\n')}\n`);
      written = next;
      await sleep(pace);
    }
    // Between two starts there is nothing to kill.
    await expect(() => production.crash()).toPass({ timeout: 60_000 });
    await sleep(Math.floor(Math.random() * 1_500));
  }

  // Nothing is lost or doubled, whatever the graph chose.
  const passed = input(0, written).filter(passes).length;
  const errors = input(0, written).filter(
    (text) => passes(text) && text.includes('level=error'),
  ).length;
  await expect
    .poll(() => ended(deployment), { timeout: 120_000 })
    .toEqual({ feed: written, out: passed + errors, archive: passed });

  // The page says the same while it runs, and that it is old once nobody is heard.
  const live = owner.getByRole('region', { name: 'Graph of v1' });
  // After so many deaths the agent waits up to a minute before it starts the next.
  await expect(live).toContainText('on edge-production', { timeout: 90_000 });
  await owner.getByText('Lanes on edge-production; 0 records lost in them').click();
  await expect(
    owner.getByRole('table', { name: 'Lanes on edge-production' }).getByRole('row', {
      name: /journal/,
    }),
  ).toBeVisible();
  await owner.getByText('Stages on edge-production').click();
  await expect(owner.getByText(/^Runs with .+ for .+ egress(es)?, \w+ wait\.$/)).toBeVisible();
  await production.stop();
  await expect(live).toContainText(/as of \d\d:\d\d:\d\d/, { timeout: 40_000 });
  await expect(live).toContainText('last numbers of edge-production');

  const expected = await stepped(owner, deployment, {
    input: path,
    choices: join(production.state, 'slots', 'orders', 'choices'),
  });
  for (const id of ['out', 'archive']) {
    const given = linesOf(await readFile(join(production.files, `orders-${id}.out`), 'utf8'));
    expect(given, id).toEqual(expected[id]);
  }
});

/** Records at each end, as the agent counts them. */
async function ended(id: string): Promise<Record<string, number>> {
  const numbers = await graphNumbers(owner, id);
  return Object.fromEntries((numbers?.endpoints ?? []).map((end) => [end.id, end.records]));
}

test('under pressure a graph that may drop counts every record, and the page shows where', async () => {
  test.setTimeout(600_000);
  await typed('Hurried', dropping);
  await expect(owner.locator('[data-promise]')).toContainText('Full lanes drop records');
  await versionPage(owner).createBundle();
  const paths = {
    input: join(sharedName(app), 'hurried.log'),
    output: join(sharedName(app), 'hurried.out'),
    reject: join(sharedName(app), 'hurried.rejected'),
  };
  const lines = 300_000;
  const all = input(0, lines);
  await writeFile(join(development.files, 'hurried.log'), `${all.join('\n')}\n`);
  await bundleForm(owner).fill({ name: 'Hurried', ...paths });
  await bundleForm(owner).create();
  await bundleForm(owner).deploy();
  await deploymentForm(owner).choose({ agent: 'edge-development' });
  const id = await deploymentForm(owner).request();
  await deploymentPage(owner).reaches('Active');

  const sums = async () => {
    const numbers = await graphNumbers(owner, id);
    if (!numbers) return undefined;
    const lost = numbers.lanes.reduce((sum, lane) => sum + lane.dropped, 0);
    const filtered = numbers.roles.reduce((sum, role) => sum + role.dropped, 0);
    const left = numbers.lanes.reduce((sum, lane) => sum + lane.depth, 0);
    return {
      in: numbers.counters.records_in,
      out: numbers.counters.records_out,
      lost,
      filtered,
      left,
    };
  };
  await expect.poll(async () => (await sums())?.in, { timeout: 120_000 }).toBe(lines);
  await expect.poll(async () => (await sums())?.left, { timeout: 60_000 }).toBe(0);
  const counted = await sums();
  expect(counted?.lost).toBeGreaterThan(0);
  expect(counted && counted.out + counted.filtered + counted.lost).toBe(lines);

  // What came out is what went in, in its order, without what was counted as lost.
  const out = linesOf(await readFile(join(development.files, 'hurried.out'), 'utf8'));
  expect(out).toHaveLength(counted?.out ?? -1);
  const whole = all
    .filter(passes)
    .map((text) => text.replace(/[0-9]/g, '#').replace(/[a-z]/g, 'x'));
  expect(isSubsequence(out, whole)).toBe(true);

  await open(owner, `${app.url}/deployments/${id}`);
  const lost = (counted?.lost ?? 0).toLocaleString('en');
  await expect(
    owner.getByText(`Lanes on edge-development; ${lost} records lost in them`),
  ).toBeVisible();
  await expect(owner.getByTestId('canvas')).toContainText('lost');
});
