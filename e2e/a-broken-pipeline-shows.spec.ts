import { appendFile, mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { deploymentPage, open, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import {
  deploy,
  environmentId,
  files,
  makeBundle,
  makeVersion,
  onlineAgent,
  reaches,
} from './support/deploy.ts';
import { lookAt } from './support/looks.ts';
import { scriptedAgent } from './support/scripted-agent.ts';
import { must } from './support/trpc.ts';

closesWhatItOpened();

const plan = `pipeline watched
ingress in
stage keep keep:.
egress out
in -> keep -> out
`;

let app: App;
let context: BrowserContext;
let page: Page;
test.describe.configure({ mode: 'serial' });
test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  app = await startApp();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  await signIn(page, app.signInLink);
});
test.afterAll(async () => {
  await app?.stop();
});

interface Shown {
  state: string;
  health: { afterMs: number; health: { kind: string } | null }[];
  agents: { lastHeartbeatAt: string; restarts: number }[];
}

const metrics = async () => (await fetch(`${app.url}/metrics`)).text();
const shown = (deploymentId: string) =>
  must<Shown>(page, 'query', 'deployments.get', { deploymentId });

/** The place of an environment in the tree. */
async function placeOf(environment: string) {
  const tree = await must<{
    orgs: { id: string; projects: { id: string; environments: { id: string }[] }[] }[];
  }>(page, 'query', 'workspace.tree');
  for (const org of tree.orgs) {
    for (const project of org.projects) {
      if (project.environments.some((one) => one.id === environment)) {
        return { orgId: org.id, projectId: project.id, environmentId: environment };
      }
    }
  }
  throw new Error('the environment is in no project');
}

test('break the input: overview, list, page and metrics say so within two heartbeats, and say when it is well again', async () => {
  test.setTimeout(300_000);
  const environment = await environmentId(page, 'development');
  const agent = await onlineAgent(page, environment);
  const paths = files(app, 'watched');
  await writeFile(paths.input, 'one\n');
  const version = await makeVersion(page, environment, plan);
  const bundle = await makeBundle(page, environment, version, paths);
  const id = await deploy(page, { versionId: version, bundleId: bundle, agentIds: [agent] });
  await reaches(page, id, 'active');

  const list = await context.newPage();
  const detail = await context.newPage();
  await open(list, `${app.url}/environments/${environment}?tab=deployments`);
  await open(detail, `${app.url}/deployments/${id}`);
  const surfaces = {
    overview: page.getByRole('table', { name: /^Slots of / }).locator('[data-health]'),
    list: list.getByRole('table').locator('[data-health]'),
    page: detail.getByRole('status', { name: 'Health' }).locator('[data-health]'),
  };
  for (const surface of Object.values(surfaces)) {
    await expect(surface).toHaveText('Running 1 of 1', { timeout: 30_000 });
  }
  expect(await metrics()).toContain(
    `byteor_deployment_health{deployment="${id}",health="running"} 1`,
  );

  // Its place is taken by something that is no file. The old one is kept, so that it can come back.
  await rename(paths.input, `${paths.input}.kept`);
  await mkdir(paths.input);

  // The heartbeats that the server has heard since the first that told of it.
  const heard: string[] = [];
  const saidAfter = new Map<string, number>();
  const until = Date.now() + 60_000;
  while (saidAfter.size < 4 && Date.now() < until) {
    const now = await shown(id);
    const kind = now.health[0]?.health?.kind;
    const at = now.agents[0]?.lastHeartbeatAt ?? '';
    if ((kind === 'not_running' || heard.length > 0) && heard.at(-1) !== at) heard.push(at);
    if (heard.length > 0) {
      for (const [name, surface] of Object.entries(surfaces)) {
        const health = await surface.getAttribute('data-health');
        if (health === 'not_running' && !saidAfter.has(name)) saidAfter.set(name, heard.length);
      }
      const said = (await metrics()).includes(
        `byteor_deployment_health{deployment="${id}",health="not_running"} 1`,
      );
      if (said && !saidAfter.has('metrics')) saidAfter.set('metrics', heard.length);
    }
    await sleep(50);
  }
  expect([...saidAfter.keys()].sort()).toEqual(['list', 'metrics', 'overview', 'page']);
  for (const [name, heartbeats] of saidAfter) expect(heartbeats, name).toBeLessThanOrEqual(2);

  // What was decided hasn't changed; what runs has, and the page says why and what comes next.
  expect((await shown(id)).state).toBe('active');
  await expect(deploymentPage(detail).state).toContainText('Active');
  const trouble = detail.locator('[data-trouble]');
  await expect(trouble).toHaveAttribute('data-trouble', 'crashed');
  await expect(trouble).toContainText('The input path isn’t a regular file.');
  await expect(trouble).toContainText('E_INPUT_NOT_A_FILE');
  await expect(trouble.getByRole('region', { name: /^Last words/ })).toContainText('INPUT');
  await expect(trouble).toContainText('next try by itself in');

  // Well again, by itself: the agent's ladder finds it.
  await rmdir(paths.input);
  await rename(`${paths.input}.kept`, paths.input);
  await appendFile(paths.input, 'two\n');
  for (const surface of Object.values(surfaces)) {
    await expect(surface).toHaveText('Running 1 of 1', { timeout: 90_000 });
  }
  await expect(trouble).toHaveCount(0);
  await expect.poll(async () => readFile(paths.output, 'utf8')).toBe('one\ntwo\n');
  await expect.poll(async () => (await shown(id)).agents[0]?.restarts).toBeGreaterThan(0);
  await expect
    .poll(async () => Number(await detail.locator('[data-restarts]').innerText()))
    .toBeGreaterThan(0);
  await deploymentPage(detail).countersReach({ in: 2, out: 2, dropped: 0, rejected: 0 });
});

test('two agents, one falls silent: each has its row, and the sum says what it holds', async () => {
  test.setTimeout(300_000);
  const environment = await environmentId(page, 'development');
  const place = await placeOf(environment);
  const real = await onlineAgent(page, environment);
  const second = await scriptedAgent(page, app.url, place, 'edge-2', 40, [app.filesDir]);
  const paths = files(app, 'twice');
  await writeFile(paths.input, 'a\nb\n');
  const version = await makeVersion(page, environment, plan.replace('watched', 'twice'));
  const bundle = await makeBundle(page, environment, version, paths);
  const agentIds = [real, second.id];
  const id = await deploy(page, { versionId: version, bundleId: bundle, agentIds });
  await reaches(page, id, 'active');

  const overview = await context.newPage();
  await open(overview, app.url);
  await open(page, `${app.url}/deployments/${id}`);
  const health = page.getByRole('status', { name: 'Health' });
  await expect(health).toContainText('Running 2 of 2', { timeout: 30_000 });
  const numbers = page.getByRole('table', { name: 'Numbers of each agent since activation' });
  const row = (name: string) => numbers.getByRole('row', { name: new RegExp(name) });
  await expect(row('local-development')).toContainText('2');
  await expect(row('edge-2')).toContainText('40');
  const sum = page.locator('[data-counter="in"]');
  await expect(sum).toHaveText('42', { timeout: 30_000 });
  await expect(page.locator('[data-totals]')).toContainText('since');

  second.silence();
  await expect(health).toContainText('Degraded, 1 of 2 proved', { timeout: 40_000 });
  await expect(overview.locator('[data-health="degraded"]')).toBeVisible({ timeout: 20_000 });
  await expect(page.locator('[data-trouble="unproved"]')).toContainText('No word from edge-2');
  await expect(row('edge-2')).toContainText('silent', { timeout: 20_000 });
  await expect(sum).toHaveText('42');
  await expect(page.getByText('The sum holds the last numbers of edge-2')).toBeVisible();
  expect(await metrics()).toContain(
    `byteor_deployment_agents{deployment="${id}",proof="unproved"} 1`,
  );

  // The page of a trouble is as readable as any other.
  await lookAt(page, 'a silent agent');
});
