import { expect, test, type Browser, type Page } from 'playwright/test';
import { acceptInvitation, members, open, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { call, must } from './support/trpc.ts';

closesWhatItOpened();

let app: App;
let owner: Page;

const person = async (browser: Browser): Promise<Page> => (await browser.newContext()).newPage();

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  owner = await person(browser);
  await signIn(owner, app.signInLink);
});
test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

interface Tree {
  orgs: { id: string; role: string | null; projects: { id: string; role: string | null }[] }[];
}
const tree = (page: Page) => must<Tree>(page, 'query', 'workspace.tree');
const invite = async (input: Record<string, unknown>) =>
  (await must<{ link: string }>(owner, 'mutation', 'invitations.create', input)).link;
const whoIs = async (page: Page) =>
  (await must<{ user: { email: string } | null }>(page, 'query', 'session.get')).user?.email;

test('a new person joins by a link, and the members page says who let them in', async ({
  browser,
}) => {
  await members(owner).open();
  const link = await members(owner).invite({
    name: 'Olga Operator',
    email: 'olga@example.com',
    role: 'operator',
  });
  const olga = await person(browser);
  // What looks at a link doesn't use it up.
  await open(olga, link);
  await open(olga, link);
  await acceptInvitation(olga, link);
  const row = owner.getByRole('row', { name: /Olga Operator/ }).first();
  await expect(row.getByText('not proven')).toBeVisible();
  await expect(row.getByText('let in by Owner')).toBeVisible();
});

test('whoever holds an invitation for a known address becomes nobody', async ({ browser }) => {
  const [org] = (await tree(owner)).orgs;
  const link = await invite({
    orgId: org!.id,
    role: 'viewer',
    name: 'Owner',
    email: 'Owner@ByteOr.invalid',
  });
  const thief = await person(browser);
  await open(thief, link);
  await expect(thief.getByText('has an account here')).toBeVisible();
  await expect(thief.getByRole('button', { name: /^Accept/ })).toHaveCount(0);
  const token = new URL(link).hash.slice(1);
  const { code } = await call(thief, 'mutation', 'invitations.accept', { token });
  expect(code).toBe('invitation_needs_sign_in');
  expect(await whoIs(thief)).toBeUndefined();
  expect(await thief.context().cookies()).toEqual([]);
});

test('the person, who is signed in, gets the role; a lower one lowers nothing', async () => {
  const [org] = (await tree(owner)).orgs;
  const link = await invite({
    orgId: org!.id,
    role: 'viewer',
    name: 'Owner',
    email: 'owner@byteor.invalid',
  });
  await open(owner, link);
  await owner.getByRole('button', { name: 'Accept' }).click();
  await expect(owner.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
  expect((await tree(owner)).orgs[0]!.role).toBe('org_admin');
  const lowered = await call(owner, 'mutation', 'members.changeRole', {
    orgId: org!.id,
    userId: (await must<{ user: { id: string } }>(owner, 'query', 'session.get')).user.id,
    role: 'viewer',
  });
  expect(lowered.code).toBe('last_org_admin');
});

test('an invitation takes no browser over in which somebody else is signed in', async () => {
  const [org] = (await tree(owner)).orgs;
  const link = await invite({
    orgId: org!.id,
    role: 'viewer',
    name: 'Second self',
    email: 'second@example.com',
  });
  await open(owner, link);
  await expect(owner.getByText('You are signed in as Owner')).toBeVisible();
  const { code } = await call(owner, 'mutation', 'invitations.accept', {
    token: new URL(link).hash.slice(1),
  });
  expect(code).toBe('invitation_for_another');
  expect(await whoIs(owner)).toBe('owner@byteor.invalid');
});
