import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Browser, type Page } from 'playwright/test';
import { joins, members, open, signIn, signOut } from './pages/index.ts';
import { hostLink } from './support/admin.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { must } from './support/trpc.ts';

closesWhatItOpened();

let app: App;
let owner: Page;
let olga: Page;

const person = async (browser: Browser): Promise<Page> => (await browser.newContext()).newPage();
const session = async (page: Page) =>
  (
    await must<{ user: { email: string; proven: boolean; method: string } | null }>(
      page,
      'query',
      'session.get',
    )
  ).user;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  owner = await person(browser);
  olga = await person(browser);
  await signIn(owner, app.signInLink);
  await joins(owner, olga);
});
test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

test('who signed out is told what to do, and a link from the host lets them in, proven', async () => {
  await signOut(olga);
  await expect(olga.getByText('sign-in-link ADDRESS').first()).toBeVisible();
  const link = await hostLink(app, 'Olga@Example.com');
  // Looking at it uses nothing up, in whatever browser.
  await open(olga, link);
  await open(olga, link);
  await signIn(olga, link);
  expect(await session(olga)).toMatchObject({ email: 'olga@example.com', proven: true });
  await signOut(olga);
  await open(olga, link);
  await olga.getByRole('button', { name: 'Sign in' }).click();
  await expect(olga.getByText('sign_in_link_used')).toBeVisible();
});

test('an organization admin issues a link in the page, and its session says so', async () => {
  const link = await members(owner).signInLink('Olga Operator');
  await signIn(olga, link);
  expect(await session(olga)).toMatchObject({ proven: false, method: 'page_link' });
});

test('the link of an earlier start ends with the next; the socket is the owner’s alone', async ({
  browser,
}) => {
  const before = app.signInLink;
  // The first was used: a further start prints one that is not.
  await app.killServer();
  await app.restart();
  const second = app.signInLink;
  expect(second).not.toBe(before);
  await app.killServer();
  await app.restart();
  const late = await person(browser);
  await open(late, second);
  await late.getByRole('button', { name: 'Sign in' }).click();
  await expect(late.getByText('sign_in_link_ended')).toBeVisible();
  await signIn(late, app.signInLink);
  expect((await stat(join(app.dataDir, 'admin.sock'))).mode & 0o777).toBe(0o600);
  expect((await stat(app.dataDir)).mode & 0o777).toBe(0o700);
  await expect(hostLink(app, 'nobody@example.com')).rejects.toThrow(/person_not_found/);
});

test('signing out ends what is open elsewhere, within a ping', async ({ browser }) => {
  const link = await hostLink(app, 'olga@example.com');
  await signIn(olga, link);
  // The same session in a second page, which only listens.
  const listening = await (
    await browser.newContext({ storageState: await olga.context().storageState() })
  ).newPage();
  await open(listening, app.url);
  await expect(listening.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
  await signOut(olga);
  await expect(listening.getByRole('heading', { name: 'You are signed out' })).toBeVisible({
    timeout: 25_000,
  });
});

test('nothing of it is missing in the audit', async () => {
  const { orgs } = await must<{ orgs: { id: string }[] }>(owner, 'query', 'workspace.tree');
  const { records } = await must<{
    records: { action: string; outcome: string; actor: { name: string }; detail: object }[];
  }>(owner, 'query', 'audit.list', { orgId: orgs[0]!.id, limit: 200 });
  const of = (action: string, outcome = 'succeeded') =>
    records.filter((one) => one.action === action && one.outcome === outcome);
  const detail = (list: { detail: object }[]) => list.map((one) => one.detail);
  expect(detail(of('session.sign_in'))).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ method: 'invitation' }),
      expect.objectContaining({ method: 'host_link' }),
      expect.objectContaining({ method: 'page_link' }),
    ]),
  );
  expect(of('session.sign_out').length).toBeGreaterThanOrEqual(3);
  expect(detail(of('session.sign_in', 'denied'))).toContainEqual(
    expect.objectContaining({ code: 'sign_in_link_used' }),
  );
  expect(detail(of('sign_in_link.issue'))).toEqual(
    expect.arrayContaining([{ issued: 'on the host' }, { issued: 'in the page' }]),
  );
  // No secret in any of it.
  expect(JSON.stringify(records)).not.toMatch(/byteor_(session|sign_in|invite)_/);
});
