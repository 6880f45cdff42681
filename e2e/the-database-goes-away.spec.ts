import { expect, test, type Page } from 'playwright/test';
import { startPostgres } from '../scripts/postgres.mjs';
import { open, overview, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';

closesWhatItOpened();

let database: Awaited<ReturnType<typeof startPostgres>>;
let app: App;
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  const bin = process.env['BYTEOR_TEST_POSTGRES_BIN'];
  database = await startPostgres(bin ? { bin } : {});
  app = await startApp({ agents: false, env: { BYTEOR_CLOUD_DATABASE_URL: database.url } });
  page = await (await browser.newContext()).newPage();
  await signIn(page, app.signInLink);
});
test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
  await database?.stop();
});

const bar = () => page.getByRole('status').filter({ hasText: 'doesn’t answer' });

test('while the database is away the page says so, keeps what it shows, and goes on by itself', async () => {
  await open(page, app.url);
  await expect(overview(page).environment('production')).toBeVisible();
  await expect(bar()).toHaveCount(0);

  await database.halt();
  await expect(bar()).toContainText('The server’s database doesn’t answer, since', {
    timeout: 30_000,
  });
  await expect(overview(page).environment('production')).toBeVisible();

  // A page that nothing was fetched for yet says what happened, and offers to try again.
  const places = page.getByRole('list', { name: 'Workspace' });
  await places.getByRole('link', { name: 'Audit' }).click();
  await expect(page.getByText('database_unavailable', { exact: true })).toBeVisible();
  await expect(bar()).toBeVisible();

  await database.resume();
  await expect(bar()).toHaveCount(0, { timeout: 30_000 });
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('database_unavailable')).toHaveCount(0);
  await expect(page.getByRole('rowheader').first()).toBeVisible();
});
