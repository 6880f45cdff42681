import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { environmentPage, overview, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';

closesWhatItOpened();

const plan = `pipeline orders

ingress in
stage json keep:^\\{
stage mask drop:debug
egress out

in -> json -> mask -> out
`;

/** Saving a draft; a connection that fails only there leaves the page itself alone. */
const save = /drafts\.save/u;

let app: App;
let first: Page;
let second: Page;
let away: BrowserContext;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  first = await context.newPage();
  await signIn(first, app.signInLink);
  away = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    storageState: await context.storageState(),
  });
  second = await away.newPage();
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

test('what two people change in different places is merged, and one undo takes the merge back', async () => {
  await overview(first).openEnvironment('development');
  await environmentPage(first).tab('Drafts');
  await environmentPage(first).newDraft('Orders feed');
  const here = editor(first);
  await here.opened();
  await here.openTextLane();
  await here.typeText(plan);
  await expect(here.row('mask')).toBeVisible();
  await here.saved();

  await second.goto(first.url());
  const there = editor(second);
  await there.opened();
  await there.hasKey('mask', 'drop:debug');

  // The second one can't save for a while; both go on.
  await away.route(save, (route) => route.abort('internetdisconnected'));
  await there.setKey('mask', 'drop:trace');
  await here.setKey('json', 'keep:^\\[');
  await here.saved();
  await away.unroute(save);

  await there.hasKey('json', 'keep:^\\[');
  await there.hasKey('mask', 'drop:trace');
  await expect(second.getByText(/was merged into yours/u).first()).toBeVisible();
  await there.saved();
  await here.hasKey('mask', 'drop:trace');

  // A field has an undo of its own: the document's is asked for from the outline.
  await there.select('mask');
  await second.keyboard.press('ControlOrMeta+Z');
  await there.hasKey('json', 'keep:^\\{');
  await there.hasKey('mask', 'drop:trace');
  await second.keyboard.press('ControlOrMeta+Shift+Z');
  await there.hasKey('json', 'keep:^\\[');
  await there.saved();
});

test('what both change is asked about, and a third version in the middle of it loses nothing', async () => {
  const [here, there] = [editor(first), editor(second)];
  await here.hasKey('json', 'keep:^\\[');
  await away.route(save, (route) => route.abort('internetdisconnected'));
  await there.setKey('mask', 'drop:mine');
  await here.setKey('mask', 'drop:theirs');
  await here.saved();
  await away.unroute(save);

  const dialog = second.getByRole('dialog', { name: 'This draft was also changed elsewhere' });
  await expect(dialog).toBeVisible();
  const merge = dialog.getByRole('button', { name: 'Merge', exact: true });
  await expect(merge).toHaveAttribute('aria-disabled', 'true');
  await dialog.getByRole('radio', { name: /Keep yours/u }).check();
  await expect(merge).not.toHaveAttribute('aria-disabled', 'true');

  // The other one changes the same stage again: what was chosen no longer fits.
  await here.setKey('mask', 'drop:third');
  await here.saved();
  await expect(dialog.getByText(/choose again/u)).toBeVisible();
  await expect(dialog.getByRole('radio', { name: /Take theirs/u })).not.toBeChecked();
  await dialog.getByRole('button', { name: 'Edit…' }).click();
  await dialog.getByLabel('Your own text').fill('stage mask drop:both');
  await dialog.getByRole('button', { name: 'Use this text' }).click();
  await merge.click();
  await expect(dialog).toBeHidden();
  await there.hasKey('mask', 'drop:both');
  await there.saved();
  await here.hasKey('mask', 'drop:both');
});
