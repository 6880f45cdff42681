import { readFile } from 'node:fs/promises';
import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { ready } from './pages/page.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

const plan = `pipeline orders

ingress in
stage mask drop:a_word_that_nobody_else_writes
egress out

in -> mask -> out
`;
const secret = 'a_word_that_nobody_else_writes';

let app: App;
let context: BrowserContext;
let page: Page;
let environmentId: string;
let link: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  environmentId = await firstEnvironment(page);
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

async function openDraft(name: string, text: string) {
  const draftId = await makeDraft(page, environmentId, {
    name,
    text,
    target: 'lane_graph',
  });
  await page.goto(new URL(`/drafts/${draftId}`, app.url).href);
  const edit = editor(page);
  await edit.opened();
  return edit;
}

async function share() {
  await page.getByRole('button', { name: 'Share and export…' }).click();
  return page.getByRole('dialog', { name: 'Share and export' });
}

/** Lets a file go over the page, as a person drags it there from a folder. */
async function dropFile(on: Page, name: string, text: string) {
  const transfer = await on.evaluateHandle(
    ([file, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content], file, { type: 'text/plain' }));
      return data;
    },
    [name, text] as const,
  );
  await on.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await on.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

test('a link holds the draft, and its files hold the same', async () => {
  await openDraft('Orders', plan);
  const dialog = await share();
  await dialog.getByRole('button', { name: 'Copy link' }).click();
  link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/\/open#1\.[A-Za-z0-9_-]+$/u);
  await expect(dialog.getByRole('textbox', { name: 'Link' })).toHaveValue(/\/open#1\./u);

  const saved = async (form: string) => {
    const download = page.waitForEvent('download');
    await dialog.getByRole('button', { name: `Download ${form}`, exact: true }).click();
    const file = await download;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };
  expect((await saved('Plan text')).bytes.toString()).toBe(plan);
  expect((await saved('Draft with layout')).bytes.toString()).toContain('"byteor_draft": 1');
  const svg = await saved('Picture (SVG)');
  expect(svg.name).toBe('Orders.svg');
  expect(svg.bytes.toString()).toContain('>mask<');
  const png = await saved('Picture (PNG)');
  expect(png.bytes.subarray(1, 4).toString()).toBe('PNG');
  expect((await saved('Graphviz')).bytes.toString()).toContain('"in" -> "mask"');
  await page.keyboard.press('Escape');
});

test('it opens without an account, only to look at, and nothing of it leaves the browser', async ({
  browser,
}) => {
  const stranger = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const there = await stranger.newPage();
  const sent: string[] = [];
  there.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
  await there.goto(link);
  await ready(there);
  await expect(there.getByRole('heading', { level: 1 })).toHaveText('Orders');
  await expect(there.getByRole('img', { name: /3 elements, 2 connections/u })).toBeVisible();
  await there.getByRole('tab', { name: 'Text' }).click();
  await expect(there.getByRole('region', { name: /plan text/u })).toContainText(secret);
  const packed = link.split('#')[1] ?? '-';
  expect(sent.filter((one) => one.includes(packed.slice(2, 40)) || one.includes(secret))).toEqual(
    [],
  );
  const drafts = await there.evaluate(async () =>
    (await indexedDB.databases()).map((db) => db.name),
  );
  expect(drafts).not.toContain('byteor-drafts');

  // It waits in this tab while somebody signs in, and is kept only then.
  await there.getByRole('button', { name: 'Sign in to keep it' }).click();
  await expect(there).toHaveURL(/\/sign-in/u);
  await stranger.addCookies(await context.cookies());
  await there.goto(new URL('/open', app.url).href);
  await expect(there.getByRole('heading', { level: 1 })).toHaveText('Orders');
  await there.getByRole('textbox', { name: 'Name' }).fill('Orders, kept');
  await there.getByRole('button', { name: 'Keep as a draft' }).click();
  await expect(there).toHaveURL(/\/drafts\/[^/]+$/u);
  const kept = editor(there);
  await kept.opened();
  await expect(kept.row('mask')).toBeVisible();
  await there.goto(new URL('/open', app.url).href);
  await expect(there.getByText('No draft is open here')).toBeVisible();
  await stranger.close();
});

test('a damaged link says so, and what is too large for a link is offered as a file', async () => {
  await page.goto(link.slice(0, -30));
  await ready(page);
  await expect(page.getByText('This link can’t be opened')).toBeVisible();

  const words = Array.from({ length: 1_500 }, (_, index) =>
    (((index + 1) * 2_654_435_761) % 4_294_967_296).toString(36),
  );
  const stages = words.map((word, index) => `stage s${index} drop:${word}`).join('\n');
  await openDraft('Large', `pipeline large\n\ningress in\n${stages}\negress out\n`);
  const dialog = await share();
  await expect(dialog.getByText('This draft is too large for a link')).toBeVisible();
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download draft file' }).click();
  expect((await download).suggestedFilename()).toBe('Large.byteor');
  await page.keyboard.press('Escape');
});

test('a file that is dropped is compared first, and replaces the draft as one step', async () => {
  const edit = await openDraft('Before', plan);
  const other = plan.replace('stage mask', 'stage other').replaceAll('-> mask', '-> other');
  await dropFile(page, 'other.plan', other);
  const dialog = page.getByRole('dialog', { name: 'other.plan' });
  await expect(dialog.getByText('from this draft', { exact: true })).toBeVisible();
  await dialog.getByRole('button', { name: 'Replace this draft' }).click();
  await expect(edit.row('other')).toBeVisible();
  await edit.select('other');
  await page.keyboard.press('ControlOrMeta+Z');
  await expect(edit.row('mask')).toBeVisible();
  await expect(edit.row('other')).toHaveCount(0);
  await edit.saved();

  await dropFile(page, 'picture.png', 'PNG\0\0');
  await expect(page.getByText(/picture\.png: /u).first()).toBeVisible();
});
