import { expect, test, type BrowserContext, type Locator, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

let app: App;
let context: BrowserContext;
let page: Page;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  const draftId = await makeDraft(page, await firstEnvironment(page), {
    name: 'by hand',
    text: 'pipeline by_hand\n\ningress feed\n',
    target: 'lane_graph',
  });
  await page.goto(new URL(`/drafts/${draftId}`, app.url).href);
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

const press = (...keys: string[]) =>
  keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

/** What the page tells those who hear it. */
const said = (text: string | RegExp) =>
  expect(page.getByRole('status').filter({ hasText: text }).first()).toBeAttached();

const menu = () => page.getByRole('dialog', { name: /^(Add|Connect)/u });
/** The offer that Enter takes, as the field points to it. */
async function offered(): Promise<Locator> {
  const field = menu().getByRole('combobox');
  await expect(field).toHaveAttribute('aria-activedescendant', /./u);
  const id = await field.getAttribute('aria-activedescendant');
  return menu().locator(`[id="${id}"]`);
}

/** Tab, until the control has the focus: nobody can point here. */
async function tabTo(control: Locator): Promise<void> {
  for (let stops = 0; stops < 80; stops += 1) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await press('Tab');
  }
  throw new Error('Tab never came to it.');
}

/** Adds by the menu: what is typed to find it, and the values of its parameters. */
async function add(find: string, ...values: string[]): Promise<void> {
  await press('a');
  await expect(menu().getByRole('combobox')).toBeFocused();
  await page.keyboard.type(find);
  await expect(await offered()).toHaveAttribute('aria-selected', 'true');
  await press('Enter');
  for (const [at, value] of values.entries()) {
    await expect(menu().locator('input[name^="parameter-"]').nth(at)).toBeFocused();
    await page.keyboard.type(value);
    await press(at === values.length - 1 ? 'Enter' : 'Tab');
  }
  await expect(menu()).toBeHidden();
}

const row = (id: string) => editor(page).row(id);

/** Goes through the outline to an element, by its arrows. */
async function goTo(id: string): Promise<void> {
  await press('Alt+1', 'Home');
  for (let rows = 0; rows < 40; rows += 1) {
    if (await row(id).evaluate((element) => element === document.activeElement)) break;
    await press('ArrowDown');
  }
  await expect(row(id)).toBeFocused();
  await expect(row(id)).toHaveAttribute('aria-selected', 'true');
}

/** Opens an element in the outline, and expects it to lead to another. */
async function leads(from: string, to: string): Promise<void> {
  await goTo(from);
  await expect(row(from)).toHaveAttribute('aria-expanded');
  if ((await row(from).getAttribute('aria-expanded')) === 'false') await press('ArrowRight');
  await expect(row(`${from}->${to}`)).toBeVisible();
}

test('a pipeline is built, one stage behind the other', async () => {
  await editor(page).opened();
  await press('Alt+1', 'Home');
  await expect(row('feed')).toBeFocused();
  await expect(row('feed')).toHaveRole('treeitem');

  await add('json_require', 'event_id');
  await said('Stage added after feed');
  await expect(row('json_require')).toBeFocused();
  await expect(row('json_require')).toHaveAttribute('aria-selected', 'true');

  await add('drop', 'debug');
  await expect(row('drop')).toBeFocused();
  await add('egress');
  await said('Egress added');
  await leads('drop', 'out');
});

test('what is added behind a stage goes between, and Alt+B makes it a branch', async () => {
  await goTo('json_require');
  await press('a');
  await expect(menu()).toHaveAccessibleName('Add between json_require and drop');
  await press('Alt+b');
  await expect(menu()).toHaveAccessibleName('Add behind json_require');
  await page.keyboard.type('trim');
  await press('Enter');
  await expect(menu().getByRole('button', { name: 'Add behind json_require' })).toBeVisible();
  await said('router.json_require');
  await tabTo(menu().getByRole('button', { name: 'Add behind json_require' }));
  await press('Enter');
  await expect(row('trim')).toBeFocused();
  await leads('json_require', 'trim');
  await leads('json_require', 'drop');
});

test('two are connected from the keyboard, and it is said', async () => {
  await goTo('trim');
  await press('c');
  await expect(menu()).toHaveAccessibleName('Connect trim to');
  await page.keyboard.type('out');
  await expect(await offered()).toContainText('gets a merge');
  await press('Enter');
  await said('trim now leads to out');
  await leads('trim', 'out');
  await editor(page).checked();
});

test('undo and redo say what they do, and select what was selected', async () => {
  await press('Control+z');
  await said('Undone: Connect');
  await expect(row('trim->out')).toHaveCount(0);
  await press('Control+y');
  await said('Redone: Connect');
  await leads('trim', 'out');
});

test('stages are found, grouped, noted and taken apart again', async () => {
  await press('f');
  await expect(page.getByRole('combobox', { name: 'Find in the plan' })).toBeFocused();
  await page.keyboard.type('trim');
  await expect(page.getByRole('option', { name: 'trim', exact: true })).toBeVisible();
  await press('Enter');
  await goTo('trim');
  await press('Control+g');
  await said('Group: 1 elements');
  await expect(page.getByRole('textbox', { name: 'Title of the group' })).toBeFocused();
  await page.keyboard.type('Trimming');
  await press('Enter');
  await press('Control+Shift+G');
  await said('Trimming is no group any more');
  await press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Commands' })).toBeVisible();
  await page.keyboard.type('duplicate');
  await press('Enter');
  await said('trim was duplicated');
  await press('Delete');
  await said('Deleted stage');
});

test('it runs, on records that were typed', async () => {
  await press('F5');
  const run = page.getByRole('region', { name: 'Run' });
  await expect(run).toBeVisible();
  await tabTo(run.getByRole('button', { name: 'Paste records…' }));
  await press('Enter');
  const sample = page.getByRole('dialog', { name: 'New sample' });
  await expect(sample.getByLabel('Records, one a line')).toBeFocused();
  await page.keyboard.type('{"event_id":1} \n{"event_id":2,"level":"debug"}\nnot json');
  await tabTo(sample.getByRole('button', { name: /^(Add|Run|Keep|Use)/u }));
  await press('Enter');
  await expect(sample).toBeHidden();
  await expect(run.getByRole('status').filter({ hasText: 'All is through' })).toBeVisible();
  await expect(run.getByRole('option', { name: /dropped at json_require/u })).toBeVisible();
});

test('and becomes a version', async () => {
  await editor(page).saved();
  await press('Control+k');
  await page.keyboard.type('create version');
  await press('Enter');
  await expect(page).toHaveURL(/\/versions\/[^/]+$/u, { timeout: 60_000 });
});
