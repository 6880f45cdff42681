import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn, signOut } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

const plan = `pipeline orders

ingress in
stage mask drop:a_word_of_the_draft
egress out

in -> mask -> out
`;

/** A build of its own, so that a second one can take its place; other specs have theirs. */
let build: string;
let app: App;
let context: BrowserContext;
let page: Page;
let draftUrl: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  // `npm test` built it; what it imports is found from below the checkout.
  const checkout = fileURLToPath(new URL('..', import.meta.url));
  build = await mkdtemp(join(checkout, '.cache', 'page-'));
  await cp(join(checkout, 'build'), build, { recursive: true });
  app = await startApp({ agents: false, env: { BYTEOR_CLOUD_PAGE_FOLDER: build } });
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  const draftId = await makeDraft(page, await firstEnvironment(page), {
    name: 'Orders',
    text: plan,
  });
  draftUrl = new URL(`/drafts/${draftId}`, app.url).href;
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
  await rm(build, { recursive: true, force: true });
});

/** Waits until the browser keeps the page. */
async function kept(on: Page) {
  await on.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!navigator.serviceWorker.controller)
      await new Promise((resolve) => setTimeout(resolve, 50));
  });
}

const caches = (on: Page) => on.evaluate(() => globalThis.caches.keys());

test('the draft opens and is edited without the server, and what waits is sent afterwards', async () => {
  await page.goto(draftUrl);
  const edit = editor(page);
  await edit.opened();
  await edit.setKey('mask', 'drop:online');
  await edit.saved();
  await kept(page);
  const served = (await page.request.get(draftUrl)).headers();

  await app.killServer();
  await edit.setKey('mask', 'drop:offline');
  await expect(edit.saveState).toContainText('Offline, saved here: 1 edit waits');

  const answer = await page.reload();
  await edit.opened();
  await expect(edit.row('mask')).toHaveAttribute('aria-label', /drop:offline/u);
  // The kept shell's policy is the server's, but for a nonce of its own.
  const policy = (text: string | undefined) => text?.replaceAll(/'nonce-[^']+'/gu, "'nonce'");
  const headers = await answer?.allHeaders();
  expect(policy(headers?.['content-security-policy'])).toBe(
    policy(served['content-security-policy']),
  );
  expect(headers?.['x-frame-options']).toBe('DENY');
  const again = await (await page.reload())?.allHeaders();
  expect(again?.['content-security-policy']).not.toBe(headers?.['content-security-policy']);
  await edit.opened();
  await edit.setKey('mask', 'drop:offline_twice');
  await expect(edit.saveState).toHaveAttribute('data-state', 'offline');

  await app.restart();
  await edit.saved();
  await page.reload();
  await edit.opened();
  await expect(edit.row('mask')).toHaveAttribute('aria-label', /drop:offline_twice/u);
});

test('nothing of a person is in any cache, signed in or out', async () => {
  const contents = () =>
    page.evaluate(async () => {
      const found: string[] = [];
      for (const name of await globalThis.caches.keys()) {
        const cache = await globalThis.caches.open(name);
        for (const request of await cache.keys()) {
          const { pathname } = new URL(request.url);
          found.push(pathname);
          if (pathname === '/open') found.push(await (await cache.match(request))!.text());
        }
      }
      return found;
    });
  const held = await contents();
  expect(held.length).toBeGreaterThan(20);
  expect(held.filter((one) => /trpc|api\/|\/auth|a_word_of|drop:/u.test(one))).toEqual([]);
  await page.goto(app.url);
  await signOut(page);
  expect(await page.evaluate(() => localStorage.getItem('byteor.session'))).toBeNull();
  expect((await contents()).filter((one) => /trpc|Orders|drop:/u.test(one))).toEqual([]);
});

test('a newer build is offered, and the older one’s files go with its last tab', async ({
  browser,
}) => {
  const versionFile = join(build, 'client', '_app', 'version.json');
  const worker = join(build, 'client', 'service-worker.js');
  const [oldVersion, oldWorker] = await Promise.all([
    readFile(versionFile, 'utf8'),
    readFile(worker, 'utf8'),
  ]);
  const { version } = JSON.parse(oldVersion) as { version: string };
  const newer = String(Number(version) + 1);
  expect(oldWorker).toContain(version);
  const second = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    await app.killServer();
    await app.restart();
    const one = await second.newPage();
    await signIn(one, app.signInLink);
    await kept(one);
    const two = await second.newPage();
    await two.goto(app.url);
    await kept(two);
    expect(await caches(one)).toEqual([`byteor-build-${version}`]);

    await app.killServer();
    await expect(one.getByText(/can’t be reached/u).first()).toBeVisible({ timeout: 40_000 });
    await writeFile(versionFile, JSON.stringify({ version: newer }));
    await writeFile(worker, oldWorker.replaceAll(version, newer));
    await app.restart();
    await expect(one.getByText('A newer ByteOr is on the server.')).toBeVisible({
      timeout: 40_000,
    });
    await expect(one.getByRole('button', { name: 'Reload', exact: true })).toBeVisible();
    await expect
      .poll(() => caches(one), { timeout: 40_000 })
      .toEqual(expect.arrayContaining([`byteor-build-${version}`, `byteor-build-${newer}`]));
  } finally {
    await writeFile(versionFile, oldVersion);
    await writeFile(worker, oldWorker);
    await second.close();
  }
});

test('a server that wants no kept pages has them forgotten', async ({ browser }) => {
  const other = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const tab = await other.newPage();
  await app.killServer();
  await app.restart();
  await signIn(tab, app.signInLink);
  await kept(tab);
  await app.killServer();
  process.env['BYTEOR_CLOUD_OFFLINE_PAGES'] = 'false';
  try {
    await app.restart();
    await tab.goto(app.url);
    await expect.poll(() => caches(tab), { timeout: 20_000 }).toEqual([]);
    await expect
      .poll(() =>
        tab.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length),
      )
      .toBe(0);
    const script = await tab.request.get(new URL('/service-worker.js', app.url).href);
    expect(await script.text()).toContain('unregister');
  } finally {
    delete process.env['BYTEOR_CLOUD_OFFLINE_PAGES'];
    await other.close();
  }
});
