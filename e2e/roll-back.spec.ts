import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { expect, test, type Page } from 'playwright/test';
import { deploymentPage, joins, open, signIn } from './pages/index.ts';
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
import { must } from './support/trpc.ts';

closesWhatItOpened();

const plan = (mark: string) => `pipeline orders
ingress in
stage mask "replace:[0-9]+=${mark}"
egress out
in -> mask -> out
`;

let app: App;
let owner: Page;
let mira: Page;
let environment: string;
let paths: ReturnType<typeof files>;
let first = '';
let second = '';
let third = '';

/** Asks for a version in production, and has Mira approve it. */
async function ship(mark: string): Promise<string> {
  const version = await makeVersion(owner, environment, plan(mark));
  const bundle = await makeBundle(owner, environment, version, paths);
  const agent = await onlineAgent(owner, environment);
  const id = await deploy(owner, { versionId: version, bundleId: bundle, agentIds: [agent] });
  const { approval } = await must<{ approval: { id: string } }>(owner, 'query', 'deployments.get', {
    deploymentId: id,
  });
  const { basis, digest } = await must<{ basis: string; digest: string }>(
    mira,
    'query',
    'approvals.get',
    { approvalId: approval.id },
  );
  await must(mira, 'mutation', 'approvals.approve', {
    approvalId: approval.id,
    digest,
    basis,
    comment: 'Looks right',
  });
  await reaches(owner, id, 'active');
  return id;
}

/** A record goes in; what comes out last says which version wrote it. */
let written = 0;
async function comesOutAs(line: string): Promise<void> {
  written += 1;
  await appendFile(paths.input, `order ${written}\n`);
  await expect
    .poll(async () => (await readFile(paths.output, 'utf8')).trim().split('\n').at(-1), {
      timeout: 20_000,
    })
    .toBe(line);
}

test.describe.configure({ mode: 'serial' });
test.beforeAll(async ({ browser }) => {
  test.setTimeout(900_000);
  app = await startApp();
  const person = async () =>
    (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  owner = await person();
  mira = await person();
  await signIn(owner, app.signInLink);
  environment = await environmentId(owner, 'production');
  await onlineAgent(owner, environment);
  await joins(owner, mira, { name: 'Mira Kaya', email: 'mira@example.com' });
  paths = files(app, 'rolled');
  await writeFile(paths.input, '');
  first = await ship('A');
  await comesOutAs('order A');
  second = await ship('B');
  await comesOutAs('order B');
});
test.afterAll(async () => {
  await app?.stop();
});

test('one click with a reason: the version before runs again, under the approval that it had', async () => {
  await open(owner, `${app.url}/deployments/${second}`);
  await owner.getByRole('button', { name: 'Roll back…' }).click();
  const dialog = owner.getByRole('dialog');
  await expect(dialog).toContainText(
    'The approval by Mira Kaya is for exactly this, and still good.',
  );
  await dialog.getByLabel('Reason').fill('It writes the wrong letter.');
  await dialog.getByRole('button', { name: 'Roll back', exact: true }).click();
  await owner.waitForURL((url) => url.pathname !== `/deployments/${second}`);
  third = new URL(owner.url()).pathname.split('/').at(-1) ?? '';
  await deploymentPage(owner).reaches('Active');
  await comesOutAs('order A');
  // What is left was left by what the agent proved.
  await open(owner, `${app.url}/deployments/${second}`);
  await deploymentPage(owner).reaches('Rolled back');
  const shown = await must<{ epoch: number; rollbackOf: string; restores: string }>(
    owner,
    'query',
    'deployments.get',
    { deploymentId: third },
  );
  expect(shown).toMatchObject({ rollbackOf: second, restores: first });
  const { epoch } = await must<{ epoch: number }>(owner, 'query', 'deployments.get', {
    deploymentId: second,
  });
  expect(shown.epoch).toBe(epoch + 1);
});

test('nothing undoes it: not the server that starts again, and not the agent', async () => {
  test.setTimeout(300_000);
  await app.killServer();
  await app.restart();
  await reaches(owner, third, 'active');
  await expect
    .poll(
      async () =>
        (
          await must<{ health: { health: { kind: string } | null }[] }>(
            owner,
            'query',
            'deployments.get',
            { deploymentId: third },
          )
        ).health[0]?.health?.kind,
      { timeout: 60_000 },
    )
    .toBe('running');
  await comesOutAs('order A');
  await reaches(owner, second, 'rolled_back');
});

test('the slot is stopped and resumed at the same place', async () => {
  await open(owner, `${app.url}/deployments/${third}`);
  await owner.getByRole('button', { name: 'Stop…' }).click();
  const dialog = owner.getByRole('dialog');
  await expect(dialog).toContainText('Nothing takes its place until the slot is resumed.');
  await dialog.getByLabel('Reason').fill('The disk is full.');
  await dialog.getByRole('button', { name: 'Stop it' }).click();
  const healthOf = async () =>
    (
      await must<{ health: { health: { kind: string } | null }[] }>(
        owner,
        'query',
        'deployments.get',
        { deploymentId: third },
      )
    ).health[0]?.health ?? null;
  await expect.poll(healthOf, { timeout: 20_000 }).toBeNull();
  await owner.getByRole('button', { name: 'Resume…' }).click();
  await dialog.getByLabel('Reason').fill('It is empty again.');
  await dialog.getByRole('button', { name: 'Resume it' }).click();
  await expect.poll(async () => (await healthOf())?.kind, { timeout: 20_000 }).toBe('running');
  await comesOutAs('order A');
});
