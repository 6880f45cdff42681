import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
import { findProcess } from './support/processes.ts';

const plan = (text: string) => `pipeline orders
ingress in
stage mask "replace:[0-9]+=${text}"
egress out
in -> mask -> out
`;

let app: App;
test.beforeAll(async () => {
  test.setTimeout(600_000);
  app = await startApp();
});
test.afterAll(async () => {
  await app?.stop();
});

test('a bundle that was changed on its way is refused, and what ran goes on', async ({ page }) => {
  test.setTimeout(600_000);
  await signIn(page, app.signInLink);
  const environment = await environmentId(page, 'development');
  const agent = await onlineAgent(page, environment);
  const paths = files(app, 'tampered');
  await writeFile(paths.input, 'order 1\norder 22\n');
  const version = await makeVersion(page, environment, plan('#'));
  const bundle = await makeBundle(page, environment, version, paths);
  const first = await deploy(page, { versionId: version, bundleId: bundle, agentIds: [agent] });
  await reaches(page, first, 'active');
  await expect.poll(() => readFile(paths.output, 'utf8')).toBe('order #\norder #\n');

  // While the agent can't look, somebody changes one byte of the spec in the object store.
  const folder = join(app.dataDir, 'objects');
  const before = new Set(await readdir(folder, { recursive: true }));
  const agents = await findProcess(app.pid, `agents/${environment}`);
  expect(agents.length).toBeGreaterThan(0);
  for (const pid of agents) process.kill(pid, 'SIGSTOP');
  const changed = await makeVersion(page, environment, plan('?'));
  const again = await makeBundle(page, environment, changed, paths);
  const second = await deploy(page, { versionId: changed, bundleId: again, agentIds: [agent] });
  await reaches(page, second, 'deploying');
  const added = (await readdir(folder, { recursive: true })).filter(
    (name) => name.endsWith('.tar') && !before.has(name),
  );
  expect(added).toHaveLength(1);
  const path = join(folder, added[0]!);
  const bytes = await readFile(path);
  const at = bytes.indexOf('replace:[0-9]+=?');
  expect(at).toBeGreaterThan(0);
  bytes[at + 'replace:[0-9]+='.length] = '!'.charCodeAt(0);
  await writeFile(path, bytes);
  for (const pid of agents) process.kill(pid, 'SIGCONT');

  const shown = await reaches(page, second, 'failed');
  expect(shown.failure?.code).toBe('E_BUNDLE_HASH');
  await open(page, `${app.url}/deployments/${second}`);
  await deploymentPage(page).reaches('Failed');
  await expect(page.getByText('E_BUNDLE_HASH').first()).toBeVisible();

  await appendFile(paths.input, 'order 333\n');
  await expect.poll(() => readFile(paths.output, 'utf8')).toBe('order #\norder #\norder #\n');
});
