import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { environmentPage, overview, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

const plan = `pipeline orders

ingress in
stage first keep:a
stage second keep:b
stage third keep:c
egress out

in -> first -> second -> third -> out
`;

/** As long as the server takes. */
const longName = `Orders of every shop, ${'cleaned and masked '.repeat(6)}`.slice(0, 119).trim();

let app: App;
let context: BrowserContext;
let page: Page;
let environmentId: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  environmentId = await firstEnvironment(page);
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

async function open(name: string) {
  const draftId = await makeDraft(page, environmentId, {
    name,
    text: plan,
  });
  await page.goto(new URL(`/drafts/${draftId}`, app.url).href);
  const edit = editor(page);
  await edit.opened();
  return edit;
}

const placeOf = (edit: ReturnType<typeof editor>, id: string) =>
  edit.node(id).evaluate((node) => {
    const { m41, m42 } = new DOMMatrix(getComputedStyle(node).transform);
    return { x: m41, y: m42 };
  });

test('plus zooms in and minus zooms out', async () => {
  const edit = await open('Zoomed');
  const scale = () =>
    edit.canvas
      .locator('.svelte-flow__viewport')
      .evaluate((view) => new DOMMatrix(getComputedStyle(view).transform).a);
  await edit.select('first');
  await page.keyboard.press('-');
  await expect.poll(scale).toBeLessThan(1);
  // It goes there in steps: it has arrived when it stays.
  let out = 0;
  await expect
    .poll(
      async () => {
        const before = out;
        out = await scale();
        return out === before;
      },
      { intervals: [300] },
    )
    .toBe(true);
  await page.keyboard.press('+');
  await expect.poll(scale).toBeGreaterThan(out);
});

test('a key that can’t do anything now says why where one sees it, once', async () => {
  const edit = await open('Refused');
  await page.keyboard.press('Escape');
  await edit.canvas.locator('.svelte-flow__pane').click({ position: { x: 8, y: 8 } });
  for (let times = 0; times < 3; times += 1) await page.keyboard.press('Delete');
  const message = page.getByText('Delete: Nothing is selected.');
  await expect(message).toBeVisible();
  await expect(message).toHaveCount(1);
});

test('copies stand to each other as their originals do, in whatever order those were chosen', async () => {
  const edit = await open('Doubled');
  for (const id of ['first', 'second', 'third']) await expect(edit.node(id)).toBeVisible();
  await edit.select('third');
  await edit.row('first').click({ modifiers: ['ControlOrMeta'] });
  await page.keyboard.press('ControlOrMeta+D');
  await expect(edit.node('first_2')).toBeVisible();
  await expect(edit.node('third_2')).toBeVisible();
  const from = { first: await placeOf(edit, 'first'), third: await placeOf(edit, 'third') };
  const to = { first: await placeOf(edit, 'first_2'), third: await placeOf(edit, 'third_2') };
  const shift = { x: to.first.x - from.first.x, y: to.first.y - from.first.y };
  expect(to.third).toEqual({ x: from.third.x + shift.x, y: from.third.y + shift.y });
});

test('the end of a selected wire is drawn to another stage, and undo brings it back', async () => {
  const edit = await open('Reconnected');
  await edit.select('first');
  await edit.leads('first', 'second');
  await edit.row('first->second').click();
  const end = page.locator('.svelte-flow__edgeupdater-target');
  const to = await edit.node('third').boundingBox();
  await end.hover();
  await page.mouse.down();
  await page.mouse.move(to!.x + to!.width / 2, to!.y + to!.height / 2, { steps: 8 });
  await page.mouse.up();
  await expect(edit.row('first->third')).toBeVisible();
  await expect(edit.row('first->second')).toHaveCount(0);
  await expect(edit.errors.filter({ hasText: 'second' })).not.toHaveCount(0);
  await page.keyboard.press('ControlOrMeta+Z');
  await expect(edit.row('first->second')).toBeVisible();
});

test('what is extracted to a folded group asks for its title', async () => {
  const edit = await open('Extracted');
  await edit.row('first').click();
  await edit.row('second').click({ modifiers: ['ControlOrMeta'] });
  await page.keyboard.press('ControlOrMeta+K');
  await page.getByRole('dialog').getByRole('combobox').fill('>extract');
  await page.keyboard.press('Enter');
  await expect(edit.inspector.getByRole('textbox', { name: 'Title' })).toBeFocused();
  await page.keyboard.type('Checks');
  await page.keyboard.press('Enter');
  await expect(edit.canvas.getByText('Checks', { exact: true })).toBeVisible();
});

test('what is found stands beside its icon, and a draft that isn’t there leaves a way out', async () => {
  const edit = await open('Found');
  await edit.setKey('first', `keep:${'a long pattern '.repeat(4).trim()}`);
  await page.keyboard.press('ControlOrMeta+F');
  await page.keyboard.type('long');
  const found = page.getByRole('option', { name: /first/u });
  const [icon, words] = await Promise.all([
    found.locator('> *').first().boundingBox(),
    found.locator('.words').boundingBox(),
  ]);
  expect(words!.y).toBeLessThan(icon!.y + icon!.height);
  expect(words!.x).toBeGreaterThanOrEqual(icon!.x + icon!.width);

  await page.goto(new URL('/drafts/00000000-0000-7000-8000-000000000000', app.url).href);
  await expect(page.getByText('This draft can’t be opened')).toBeVisible();
  await page.getByRole('link', { name: 'Drafts', exact: true }).click();
  await expect(page).toHaveURL(/\/drafts$/u);
});

test('a draft with a long name is made, shown without moving anything, and renamed', async () => {
  await page.goto(app.url);
  await overview(page).openEnvironment('development');
  await environmentPage(page).tab('Drafts');
  await environmentPage(page).newDraft(longName);
  const edit = editor(page);
  await edit.opened();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(longName);
  await page.getByRole('button', { name: /^Use / }).click();
  await expect(edit.problems).toHaveCount(0);
  const bar = await page.getByRole('radiogroup', { name: 'Execution target' }).boundingBox();
  expect((bar?.y ?? 0) + (bar?.height ?? 0)).toBeLessThan(48);

  await page.getByRole('heading', { level: 1 }).click();
  await page.getByLabel('Name of the draft').fill('Orders');
  await page.getByLabel('Name of the draft').press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
  await page.reload();
  await edit.opened();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
});

test('a draft is renamed in the list too, and whoever has it open sees it', async () => {
  const edit = editor(page);
  await edit.opened();
  const other = await context.newPage();
  await other.goto(new URL(`/environments/${environmentId}?tab=drafts`, app.url).href);
  await other.getByRole('button', { name: 'More on draft Orders' }).click();
  await other.getByRole('menuitem', { name: 'Rename…' }).click();
  await other.getByRole('dialog').getByLabel('Name').fill('Orders of all shops');
  await other.getByRole('dialog').getByRole('button', { name: 'Rename draft' }).click();
  await expect(other.getByRole('link', { name: 'Orders of all shops' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders of all shops');
  await other.close();
});

test('a tab gives its drafts to a newer page, says so, and loses nothing', async () => {
  const edit = await open('Older page');
  await context.route(/drafts\.save/u, (route) => route.abort('internetdisconnected'));
  const other = await context.newPage();
  await other.goto(new URL('/favicon.svg', app.url).href);
  await edit.setKey('first', 'keep:only_here');
  const stored = await other.evaluate(
    () =>
      new Promise<string[]>((resolve, reject) => {
        const request = indexedDB.open('byteor-drafts', 99);
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const all = request.result.transaction('drafts').objectStore('drafts').getAll();
          all.onsuccess = () => {
            request.result.close();
            resolve(all.result.map(({ content }: { content: { text: string } }) => content.text));
          };
        };
      }),
  );
  expect(stored.some((text) => text.includes('keep:only_here'))).toBe(true);
  await expect(page.getByText('A newer ByteOr is open in another tab').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
  await expect(edit.inspector.getByLabel('Stage key')).toHaveAttribute('readonly', '');
  await other.close();
});
