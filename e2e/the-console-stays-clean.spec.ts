import { expect, test, type ConsoleMessage, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { ready, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

const plan = (key: string) =>
  `pipeline orders\n\ningress in\nstage a ${key}\negress out\n\nin -> a -> out\n`;

// In development, where Svelte also says what production keeps to itself.
let app: App;
let page: Page;
const said: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false, dev: true });
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const note = (text: string) => said.push(`${new URL(page.url()).pathname}: ${text}`);
  page.on('console', (message: ConsoleMessage) => {
    if (['warning', 'error'].includes(message.type())) note(message.text());
  });
  page.on('pageerror', (error) => note(String(error)));
  await signIn(page, app.signInLink);
  // The development server bundles what a page imports when it is first opened, and then loads the
  // page anew: that is over before anything is looked at.
  for (const path of ['/', '/drafts/none', '/compare', '/']) {
    await page.goto(new URL(path, app.url).href);
    await settled();
  }
  said.length = 0;
});

/** Waits until the page stays loaded for a while. */
async function settled() {
  await expect(async () => {
    await page.evaluate(() => Object.assign(globalThis, { seen: true }));
    await page.waitForTimeout(3_000);
    expect(await page.evaluate(() => 'seen' in globalThis)).toBe(true);
  }).toPass({ timeout: 60_000 });
}

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

test('going from page to page and back says nothing in the console', async () => {
  test.setTimeout(240_000);
  const environmentId = await firstEnvironment(page);
  const make = async (name: string, key: string) => {
    const draftId = await makeDraft(page, environmentId, {
      name,
      text: plan(key),
    });
    return draftId;
  };
  const drafts = [await make('First', 'keep:a'), await make('Second', 'keep:b')];

  // By links and history, as people go: a page that is left must not be read any more.
  const go = async (path: string) => {
    // The development server may load the page anew in the middle of it: then the link is followed again.
    await expect(async () => {
      await page.evaluate((to) => {
        const link = document.createElement('a');
        link.href = to;
        document.body.append(link);
        link.click();
        link.remove();
      }, path);
      await expect(page).toHaveURL(new URL(path, app.url).href, { timeout: 10_000 });
    }).toPass({ timeout: 60_000 });
    await ready(page);
    await page.waitForTimeout(300);
  };
  const versions: string[] = [];
  for (const draft of drafts) {
    await go(`/drafts/${draft}`);
    const edit = editor(page);
    await edit.opened();
    await edit.openTextLane();
    await edit.select('a');
    await edit.saved();
    versions.push(await edit.createVersion());
    await page.waitForTimeout(300);
  }
  // Leaving while the news of a save is on its way, again and again: one of them meets it.
  for (const wait of [0, 60, 120, 180]) {
    await go(`/drafts/${drafts[0]}`);
    const edit = editor(page);
    await edit.opened();
    await edit.setKey('a', `keep:${wait}`);
    await edit.saved();
    await page.waitForTimeout(wait);
    await go('/approvals');
  }
  const [first, second] = versions;
  const paths = [
    '/',
    `/environments/${environmentId}`,
    `/environments/${environmentId}?tab=versions`,
    `/versions/${first}`,
    `/versions/${second}`,
    `/compare?from=${first}&to=${second}`,
    `/compare?from=${second}&to=${first}`,
    `/compare?from=${first}&to=draft%3A${drafts[0]}`,
    `/bundles/new?environment=${environmentId}&version=${first}`,
    `/deployments/new?environment=${environmentId}`,
    '/approvals',
    '/settings/members',
    '/audit',
    `/drafts/${drafts[0]}`,
    `/drafts/${drafts[1]}`,
    '/',
  ];
  for (const path of paths) await go(path);
  for (let steps = 0; steps < paths.length; steps += 1) {
    // The page's own step back: the development server may load an entry anew in the middle of it.
    await page.evaluate(() => history.back());
    await page.waitForTimeout(250);
  }
  expect(said).toEqual([]);
});
