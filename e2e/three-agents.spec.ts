import { appendFile, mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Page } from 'playwright/test';
import { open, openFleet, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { deploy, makeBundle, makeVersion, reaches } from './support/deploy.ts';
import {
  makeEnvironment,
  nativeBinaries,
  sharedName,
  startHost,
  type Host,
} from './support/hosts.ts';
import { lookAt } from './support/looks.ts';
import { call, must } from './support/trpc.ts';

closesWhatItOpened();

const PATIENCE = { timeout: 60_000, intervals: [100] };
/** A phone, a tablet, a desk and a large screen (px). */
const WIDTHS = [390, 768, 1440, 1920];

const plan = (mark: string) => `pipeline orders
ingress in
stage mask "replace:[0-9]+=${mark}"
egress out
in -> mask -> out
`;

let app: App;
let owner: Page;
let hosts: Host[];
let environmentId: string;
/** Where the server keeps what agents fetch. */
let bundles: string;
const versions: { versionId: string; bundleId: string }[] = [];

interface Shown {
  state: string;
  epoch: number;
  failure: { code: string } | null;
  rollout: {
    step: number;
    of: number;
    waitsUntil: string | null;
    paused: { cause: { agentName: string; code: string } | null } | null;
  } | null;
  actions: Record<string, { allowed: boolean; will: string }>;
  health: {
    health: {
      kind: string;
      running: number;
      of: number;
      troubles: {
        agentName: string;
        kind: string;
        code: string | null;
        nextTryAt: string | null;
      }[];
    } | null;
  }[];
  agents: { id: string; drift: { deploymentId: string } | null }[];
}
const shown = (deploymentId: string) =>
  must<Shown>(owner, 'query', 'deployments.get', { deploymentId });
const healthOf = async (deploymentId: string) => (await shown(deploymentId)).health[0]?.health;

/** The deployment that each host's agent proves, by the API. */
async function running(): Promise<(string | null)[]> {
  const agents = await must<
    { id: string; slots: { deploymentId: string; runningSince: string | null }[] }[]
  >(owner, 'query', 'agents.list', { environmentId });
  return hosts.map(
    (host) =>
      agents.find(({ id }) => id === host.id)?.slots.find((slot) => slot.runningSince)
        ?.deploymentId ?? null,
  );
}

async function ask(version: number): Promise<string> {
  const chosen = versions[version];
  if (!chosen) throw new Error('no version');
  return deploy(owner, {
    ...chosen,
    agentIds: hosts.map((host) => host.id),
    rollout: { pauseSeconds: 5 },
  });
}

test.describe.configure({ mode: 'serial' });
test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  const binaries = await nativeBinaries();
  app = await startApp({ agents: false });
  owner = await (await browser.newContext()).newPage();
  await signIn(owner, app.signInLink);
  const place = await makeEnvironment(owner);
  ({ environmentId } = place);
  bundles = join(app.dataDir, 'objects', 'orgs', place.orgId, 'deploy-bundles');
  hosts = await Promise.all(
    ['edge-1', 'edge-2', 'edge-3'].map((name) => startHost(owner, app, binaries, place, name)),
  );
  for (const host of hosts) await writeFile(join(host.files, 'orders.log'), 'order 1\n');
  const folder = sharedName(app);
  for (const [mark, input] of [
    ['A', 'orders.log'],
    ['B', 'more.log'],
  ] as const) {
    const versionId = await makeVersion(owner, environmentId, plan(mark));
    const bundleId = await makeBundle(owner, environmentId, versionId, {
      input: join(folder, input),
      output: join(folder, 'orders.out'),
      reject: join(folder, 'orders.rejected'),
    });
    versions.push({ versionId, bundleId });
  }
  await expect
    .poll(async () => {
      const agents = await must<{ status: string }[]>(owner, 'query', 'agents.list', {
        environmentId,
      });
      return agents.filter((agent) => agent.status === 'online').length;
    }, PATIENCE)
    .toBe(3);
});
test.afterAll(async () => {
  for (const host of hosts ?? []) await host.stop();
  await app?.stop();
});

/** The sentence of proof when nothing is wrong. */
const ALL_RUN = /As its agents prove it, orders v\d+ runs on (edge-\d(, | and )?){3}\./;

let first = '';
let second = '';

test('one agent first, the others after it proved healthy for a while', async () => {
  test.setTimeout(120_000);
  first = await ask(0);
  await expect.poll(async () => (await shown(first)).rollout?.waitsUntil, PATIENCE).toBeTruthy();
  expect((await running()).filter(Boolean)).toHaveLength(1);
  expect((await shown(first)).rollout).toMatchObject({ step: 1, of: 2, paused: null });
  await reaches(owner, first, 'active');
  // Active is told at once, what runs with the next heartbeat.
  await expect.poll(running, PATIENCE).toEqual([first, first, first]);
  for (const host of hosts) {
    await appendFile(join(host.files, 'orders.log'), 'order 22\n');
    await expect
      .poll(() => readFile(join(host.files, 'orders.out'), 'utf8'), PATIENCE)
      .toBe('order A\norder A\n');
  }
});

test('a killed agent is silent, and proves it again when it is back; a stopped one too', async () => {
  test.setTimeout(120_000);
  const [, one] = hosts;
  if (!one) throw new Error('no host');
  const pages = await openFleet(owner, app.url, first, one.id);
  for (const end of [one.kill, one.stop]) {
    await end();
    // Silence is known after 15 seconds, and is neither running nor not running.
    await expect
      .poll(() => healthOf(first), PATIENCE)
      .toMatchObject({
        kind: 'degraded',
        running: 2,
        of: 3,
        troubles: [{ agentName: one.name, kind: 'unproved' }],
      });
    await pages.say(
      {
        overview: new RegExp(`orders v1 in edge: nothing proves that it runs on ${one.name}`),
        deployment: new RegExp(`nothing proves it on ${one.name}, which is silent`),
        agent: /Unproved/,
      },
      Date.now(),
    );
    one.start();
    await expect
      .poll(() => healthOf(first), PATIENCE)
      .toMatchObject({ kind: 'running', running: 3, of: 3 });
    await pages.say(
      { overview: /Running 3 of 3/, deployment: ALL_RUN, agent: /Running/ },
      Date.now(),
    );
  }
  await pages.close();
});

test('a crash is on every page within two heartbeats, and so is its end', async () => {
  test.setTimeout(120_000);
  const [, one] = hosts;
  if (!one) throw new Error('no host');
  const pages = await openFleet(owner, app.url, first, one.id);
  await pages.say(
    { overview: /Running 3 of 3/, deployment: ALL_RUN, agent: /Running/ },
    Date.now(),
    30_000,
  );
  // Nothing to read when it is started again, so that it stays down.
  const input = join(one.files, 'orders.log');
  await rename(input, `${input}.kept`);
  await mkdir(input);
  await one.crash();
  await pages.say(
    {
      overview: new RegExp(`It crashed on ${one.name}`),
      deployment: new RegExp(`doesn’t run on ${one.name}`),
      agent: new RegExp(`It crashed on ${one.name}`),
    },
    Date.now(),
  );
  await rmdir(input);
  await rename(`${input}.kept`, input);
  // At once where it waits for its next try; it may be at one just now.
  const { code } = await call(owner, 'mutation', 'agents.tryNow', {
    deploymentId: first,
    agentId: one.id,
  });
  expect([null, 'agent_not_waiting']).toContain(code);
  await expect.poll(() => healthOf(first), PATIENCE).toMatchObject({ kind: 'running', running: 3 });
  await pages.say(
    { overview: /Running 3 of 3/, deployment: ALL_RUN, agent: /Running/ },
    Date.now(),
  );
  await pages.close();
});

test('a broken input pauses the rollout with its cause; mended, a person has it tried now', async () => {
  test.setTimeout(180_000);
  // What the second version reads is no file, on any of the hosts.
  for (const host of hosts) await mkdir(join(host.files, 'more.log'));
  second = await ask(1);
  await expect
    .poll(async () => (await shown(second)).rollout?.paused?.cause?.code, PATIENCE)
    .toBe('E_INPUT_NOT_A_FILE');
  const paused = await shown(second);
  expect(paused).toMatchObject({ state: 'deploying', rollout: { step: 1, of: 2 } });
  for (const action of ['goOn', 'rollBack', 'leave', 'abort']) {
    expect(paused.actions[action]?.allowed, action).toBe(true);
  }
  // One tried it, and runs what it had; the others heard nothing of it.
  await expect.poll(running, PATIENCE).toEqual([first, first, first]);
  const tried = hosts.filter((host) => host.name === paused.rollout?.paused?.cause?.agentName);
  const others = hosts.filter((host) => !tried.includes(host));
  const [other] = others;
  if (!other) throw new Error('no other host');
  const pages = await openFleet(owner, app.url, second, other.id);
  await mended(tried);
  // The next step begins after its pause, and pauses again: the inputs there are broken still.
  await expect
    .poll(async () => (await shown(second)).rollout, PATIENCE)
    .toMatchObject({ step: 2, paused: { cause: { code: 'E_INPUT_NOT_A_FILE' } } });
  await pages.say(
    {
      overview: /The rollout of orders v2 in edge is paused by/,
      deployment: /where v1 runs.*The rollout is paused at step 2 of 2/s,
      agent: /failed its health/,
    },
    Date.now(),
  );
  await lookAt(pages.deployment, 'a rollout that is paused', WIDTHS);
  await lookAt(pages.overview, 'an overview with a rollout that is paused');
  await mended(others);
  await reaches(owner, second, 'active');
  await expect.poll(running, PATIENCE).toEqual([second, second, second]);
  await pages.say({ overview: /Running 3 of 3/, deployment: ALL_RUN, agent: /v2/ }, Date.now());
  await pages.close();
});

/** What these hosts read is a file again, and a person doesn't want to wait for their next try. */
async function mended(on: readonly Host[]): Promise<void> {
  for (const host of on) {
    const waits = async () =>
      (await shown(second)).health[0]?.health?.troubles.some(
        (trouble) => trouble.agentName === host.name && trouble.nextTryAt !== null,
      );
    // Looked at while it can't get through: it tries by itself as well.
    await expect.poll(waits, PATIENCE).toBe(true);
    await rmdir(join(host.files, 'more.log'));
    await writeFile(join(host.files, 'more.log'), 'order 1\n');
    const { code } = await call(owner, 'mutation', 'agents.tryNow', {
      deploymentId: second,
      agentId: host.id,
    });
    expect([null, 'agent_not_waiting']).toContain(code);
    await expect.poll(waits, { ...PATIENCE, timeout: 20_000 }).toBe(false);
  }
}

test('an agent that comes back from an old disk is drift within two heartbeats, and takes the newer one again', async () => {
  test.setTimeout(120_000);
  const [, , one] = hosts;
  if (!one) throw new Error('no host');
  await one.stop();
  await one.keepDisk('old');
  one.start();
  const third = await ask(0);
  await reaches(owner, third, 'active');
  await one.stop();
  await one.restoreDisk('old');
  // While nothing can be fetched it runs what it has.
  await rename(bundles, `${bundles}-away`);
  one.start();
  const drifted = async () => {
    const { agents } = await shown(third);
    return agents.find(({ id }) => id === one.id)?.drift?.deploymentId ?? null;
  };
  // From the moment at which it is heard with what it runs.
  await expect.poll(drifted, PATIENCE).toBe(second);
  const pages = await openFleet(owner, app.url, third, one.id);
  const says = `${one.name} runs another deployment than is wanted there`;
  await expect(pages.deployment.getByRole('main')).toContainText(says);
  await expect(pages.overview.getByRole('main')).toContainText(says);
  await lookAt(pages.deployment, 'a deployment from which an agent has drifted', WIDTHS);
  await rename(`${bundles}-away`, bundles);
  // Its bundle is still good: the agent takes it again by itself, or when a person doesn't want to wait.
  const { code } = await call(owner, 'mutation', 'agents.tryNow', {
    deploymentId: third,
    agentId: one.id,
  });
  expect([null, 'agent_not_waiting']).toContain(code);
  await expect.poll(drifted, PATIENCE).toBeNull();
  await pages.close();
  await expect.poll(() => healthOf(third), PATIENCE).toMatchObject({ kind: 'running', running: 3 });
});

test('a slot is stopped on all agents, and resumed; the version before is one click away', async () => {
  test.setTimeout(120_000);
  const slot = { environmentId, slot: 'orders' };
  const before = await running();
  const [current] = before;
  if (!current) throw new Error('nothing runs');
  await must(owner, 'mutation', 'slots.stop', { ...slot, reason: 'the disk is full' });
  await expect.poll(running, { ...PATIENCE, timeout: 10_000 }).toEqual([null, null, null]);
  const [host] = hosts;
  if (!host) throw new Error('no host');
  const pages = await openFleet(owner, app.url, current, host.id);
  await pages.say(
    {
      overview: /slot orders is stopped/,
      deployment: /The slot orders is stopped.*“the disk is full”/s,
      agent: /orders/,
    },
    Date.now(),
    30_000,
  );
  await lookAt(pages.deployment, 'a slot that is stopped', WIDTHS);
  await must(owner, 'mutation', 'slots.resume', { ...slot, reason: 'it is empty again' });
  await expect.poll(running, PATIENCE).toEqual(before);
  await pages.deployment.getByRole('button', { name: 'Roll back…' }).click();
  const dialog = pages.deployment.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('it was better before');
  await dialog.getByRole('button', { name: 'Roll back', exact: true }).click();
  await pages.deployment.waitForURL((url) => !url.pathname.endsWith(current));
  const deploymentId = new URL(pages.deployment.url()).pathname.split('/').at(-1) ?? '';
  await expect.poll(running, PATIENCE).toEqual([deploymentId, deploymentId, deploymentId]);
  await pages.say({ overview: /Running 3 of 3/, deployment: ALL_RUN, agent: /v2/ }, Date.now());
  await pages.close();
  await reaches(owner, deploymentId, 'active');
  await reaches(owner, current, 'rolled_back');
});

/** Makes what the first version reads a file or no file, on some hosts. */
async function ordersAre(what: 'a file' | 'no file', on: readonly Host[]): Promise<void> {
  for (const host of on) {
    const input = join(host.files, 'orders.log');
    if (what === 'no file') {
      await rename(input, `${input}.kept`);
      await mkdir(input);
    } else {
      await rmdir(input);
      await rename(`${input}.kept`, input);
    }
  }
}

test('what is aborted leaves nothing; what is left leaves two versions, each with its agents', async () => {
  test.setTimeout(240_000);
  const before = await running();
  // The order in which they take part.
  const [one, ...others] = hosts.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (!one) throw new Error('no host');
  await ordersAre('no file', hosts);
  const aborted = await ask(0);
  await expect
    .poll(async () => (await shown(aborted)).rollout?.paused?.cause?.agentName, PATIENCE)
    .toBe(one.name);
  const pages = await openFleet(owner, app.url, aborted, one.id);
  const page = pages.deployment;
  await page.getByRole('button', { name: 'Abort…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Its agents go on with what ran before');
  await dialog.getByLabel('Reason').fill('the input is no file');
  await dialog.getByRole('button', { name: 'Abort it' }).click();
  await expect(page.getByRole('main')).toContainText('Owner aborted it');
  await expect(page.getByRole('main')).toContainText('“the input is no file”');
  await reaches(owner, aborted, 'withdrawn');
  await expect.poll(running, PATIENCE).toEqual(before);
  await lookAt(page, 'a deployment that was aborted', WIDTHS);

  await ordersAre('a file', [one]);
  const left = await ask(0);
  await expect
    .poll(async () => (await shown(left)).rollout, PATIENCE)
    .toMatchObject({ step: 2, paused: { cause: { code: 'E_INPUT_NOT_A_FILE' } } });
  await open(page, `${app.url}/deployments/${left}`);
  await page.getByRole('button', { name: 'Leave it' }).click();
  await expect(page.getByRole('main')).toContainText('Owner left it as it is; it can still go on');
  await expect(page.getByRole('status', { name: 'State' })).toHaveText('Left as it is');
  const rest = others.map(({ name }) => name).join(' and ');
  await expect(page.getByRole('main')).toContainText(
    `As its agents prove it, orders v1 runs on ${one.name}; ${rest} last proved v2.`,
  );
  await expect
    .poll(running, PATIENCE)
    .toEqual(hosts.map(({ id }, at) => (id === one.id ? left : before[at])));
  // Nobody is asked, nothing is called as desired, and who runs what is named.
  const held = `v1 on ${one.name}, v2 on ${rest}`;
  const { overview } = pages;
  await expect(overview.getByRole('table', { name: /^Slots of / })).toContainText(held);
  await expect(overview.getByRole('table', { name: /^Environments of / })).toContainText(
    `orders: ${held}`,
  );
  await expect(overview.getByRole('list', { name: 'What needs you' })).not.toContainText('orders');
  await lookAt(page, 'a rollout that was left', WIDTHS);
  await lookAt(overview, 'an overview with a rollout that was left');

  // A look at it later says the same, from the server alone.
  await page.reload();
  await expect(page.getByRole('main')).toContainText(`${rest} last proved v2`);
  await expect(page.getByRole('button', { name: 'Leave it' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Go on' })).toBeVisible();
  await pages.close();
});
