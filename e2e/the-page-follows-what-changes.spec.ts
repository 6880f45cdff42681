import { expect, test, type Page, type Request } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

const text = 'pipeline orders\n\ningress in\nstage a keep:a\negress out\n\nin -> a -> out\n';

let app: App;
let page: Page;
let environmentId: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await signIn(page, app.signInLink);
  environmentId = await firstEnvironment(page);
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

function createDraft(name: string) {
  return makeDraft(page, environmentId, {
    name,
    text,
  });
}

test('saving a draft fetches nothing', async () => {
  const draftId = await createDraft('Saved here');
  let last = Date.now();
  const waiting = new Set<Request>();
  page.on('request', (request) => {
    last = Date.now();
    if (!request.url().includes('live.events')) waiting.add(request);
  });
  for (const end of ['requestfinished', 'requestfailed'] as const) {
    page.on(end as 'requestfinished', (request) => void waiting.delete(request));
  }
  await page.goto(new URL(`/drafts/${draftId}`, app.url).href);
  const edit = editor(page);
  await edit.opened();
  await edit.saved();
  // Everything that opening asks for has been asked, and the stream was told what the page shows.
  await expect
    .poll(() => waiting.size === 0 && Date.now() - last > 2_000, { timeout: 60_000 })
    .toBe(true);

  const asked: string[] = [];
  page.on('request', (request) => {
    const path = new URL(request.url()).pathname;
    if (path.startsWith('/trpc/') && !path.includes('live.events')) asked.push(path.slice(6));
  });
  for (const key of ['keep:b', 'keep:c', 'keep:d']) {
    await edit.setKey('a', key);
    await expect
      .poll(() => asked.filter((path) => path.includes('drafts.save')).length)
      .toBeGreaterThan(0);
    await edit.saved();
    // The events of the save and of the server's look at it have come by then.
    await page.waitForTimeout(1_500);
  }
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect([...new Set(asked)]).toEqual(['drafts.save']);
});

test('what changed before live events could be had is shown once they can', async () => {
  await page.route('**/trpc/live.events**', (route) => route.abort());
  await page.goto(new URL(`/environments/${environmentId}?tab=drafts`, app.url).href);
  await expect(page.getByRole('link', { name: 'Saved here' })).toBeVisible();
  await createDraft('Made in the gap');
  await page.waitForTimeout(1_000);
  await expect(page.getByRole('link', { name: 'Made in the gap' })).toHaveCount(0);
  await page.unroute('**/trpc/live.events**');
  await expect(page.getByRole('link', { name: 'Made in the gap' })).toBeVisible();
});
