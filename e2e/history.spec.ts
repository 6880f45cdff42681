import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';
import { must } from './support/trpc.ts';

closesWhatItOpened();

const plan = (json: string, mask: string) => `pipeline orders

ingress in
stage json ${json}
stage mask ${mask}
egress out

in -> json -> mask -> out
`;

let app: App;
let context: BrowserContext;
let page: Page;
let environmentId: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  environmentId = await firstEnvironment(page);
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

async function make(name: string, text: string, basedOn?: number): Promise<string> {
  const draftId = await makeDraft(page, environmentId, {
    name,
    text,
    ...(basedOn === undefined ? {} : { basedOn }),
  });
  return draftId;
}

async function open(draftId: string) {
  await page.goto(new URL(`/drafts/${draftId}`, app.url).href);
  const edit = editor(page);
  await edit.opened();
  return edit;
}

const states = () =>
  page.getByRole('region', { name: /^(Today|Yesterday)$/u }).locator('li button');
/** Where it is a state's whole name: what brought it back speaks of it too. */
const called = (name: string) => states().filter({ has: page.getByText(name, { exact: true }) });
const showHistory = () => page.getByRole('tab', { name: 'History' }).click();
const showOutline = () => page.getByRole('tab', { name: 'Outline' }).click();

test('states are kept where one rests, looked at, named and brought back as an edit', async () => {
  const edit = await open(await make('Orders', plan('keep:a', 'drop:b')));
  await edit.setKey('mask', 'drop:first');
  await showHistory();
  await expect(states()).toHaveCount(2, { timeout: 10_000 });
  await expect(states().last()).toContainText('As it was opened');

  await page.getByRole('button', { name: 'Keep this state…' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Before the sale');
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
  await expect(states().first()).toContainText('Before the sale');

  await showOutline();
  await edit.setKey('mask', 'drop:second');
  await edit.saved();
  await showHistory();
  await expect(states()).toHaveCount(4, { timeout: 10_000 });
  await called('Before the sale').click();
  const dialog = page.getByRole('dialog', { name: 'Before the sale' });
  await expect(dialog.getByText('from now', { exact: true })).toBeVisible();
  await expect(dialog.getByRole('feed', { name: 'Changes' })).toContainText('mask');
  await dialog.getByRole('tab', { name: 'Picture' }).click();
  await expect(dialog.getByRole('img', { name: /4 elements, 3 connections/u })).toBeVisible();
  await dialog.getByRole('tab', { name: 'Text' }).click();
  await expect(dialog.getByRole('region', { name: /plan text/u })).toContainText('drop:first');
  await dialog.getByRole('button', { name: 'Bring it back' }).click();
  await expect(dialog).toBeHidden();

  await showOutline();
  await expect(edit.row('mask')).toHaveAttribute('aria-label', /drop:first/u);
  await edit.select('mask');
  await page.keyboard.press('ControlOrMeta+Z');
  await expect(edit.row('mask')).toHaveAttribute('aria-label', /drop:second/u);
  await page.keyboard.press('ControlOrMeta+Shift+Z');
  await expect(edit.row('mask')).toHaveAttribute('aria-label', /drop:first/u);
  await edit.saved();

  await page.reload();
  await edit.opened();
  await showHistory();
  await expect(called('Before the sale')).toHaveCount(1);
  await showOutline();
});

test('a draft says what it is based on, shows what differs, and takes a newer version in', async () => {
  const first = await open(await make('Base', plan('keep:a', 'drop:b')));
  await first.createVersion();
  const { basedOn } = await must<{ basedOn: { number: number } }>(page, 'query', 'drafts.get', {
    draftId: await latestDraft('Base'),
  });
  const old = basedOn.number;

  const mine = await make('Mine', plan('keep:a', 'drop:mine'), old);
  await open(await latestDraft('Base'));
  await editor(page).setKey('json', 'keep:newer');
  await editor(page).saved();
  await editor(page).createVersion();

  const edit = await open(mine);
  const badge = page.getByRole('button', { name: `based on v${old}, v${old + 1} is newest` });
  await badge.click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('feed', { name: 'Changes' })).toContainText('drop:mine');
  await dialog.getByRole('radio', { name: `What v${old + 1} brings` }).check({ force: true });
  await expect(dialog.getByRole('feed', { name: 'Changes' })).toContainText('keep:newer');
  await dialog.getByRole('button', { name: `Rebase onto v${old + 1}…` }).click();
  await dialog.getByRole('button', { name: `Rebase onto v${old + 1}`, exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(edit.row('json')).toHaveAttribute('aria-label', /keep:newer/u);
  await expect(edit.row('mask')).toHaveAttribute('aria-label', /drop:mine/u);
  const newest = page.getByRole('button', { name: `based on v${old + 1}, newest` });
  await expect(newest).toBeVisible();

  await edit.select('mask');
  await page.keyboard.press('ControlOrMeta+Z');
  await expect(edit.row('json')).toHaveAttribute('aria-label', /keep:a/u);
  await expect(badge).toBeVisible();
  await page.keyboard.press('ControlOrMeta+Shift+Z');
  await expect(newest).toBeVisible();
  await edit.saved();
});

test('the badge of the base fits a phone, says the same, and opens what differs', async () => {
  const first = await open(await make('Carried', plan('keep:a', 'drop:b')));
  await first.createVersion();
  const { basedOn } = await must<{ basedOn: { number: number } }>(page, 'query', 'drafts.get', {
    draftId: await latestDraft('Carried'),
  });
  const old = basedOn.number;
  const mine = await make('Pocket', plan('keep:a', 'drop:mine'), old);
  const carry = async (name: string) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(new URL(`/drafts/${mine}`, app.url).href);
    const badge = page.getByRole('button', { name, exact: true });
    await expect(badge).toBeVisible();
    return badge;
  };
  await carry(`v${old}`);

  await page.setViewportSize({ width: 1440, height: 900 });
  await open(await latestDraft('Carried'));
  await editor(page).setKey('json', 'keep:newer');
  await editor(page).saved();
  await editor(page).createVersion();

  const badge = await carry(`v${old}, v${old + 1} is newest`);
  const box = await badge.boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(56);
  const across = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(across).toBe(0);
  await badge.click();
  await expect(page.getByRole('dialog').getByRole('feed', { name: 'Changes' })).toContainText(
    'drop:mine',
  );
  await page.setViewportSize({ width: 1440, height: 900 });
});

async function latestDraft(name: string): Promise<string> {
  const drafts = await must<{ id: string; name: string }[]>(page, 'query', 'drafts.list', {
    environmentId,
  });
  return drafts.find((draft) => draft.name === name)?.id ?? '';
}
