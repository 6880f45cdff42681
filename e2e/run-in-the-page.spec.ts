import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { run } from './pages/run.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

const plan = `pipeline orders

ingress feed
stage quiet drop:debug
stage mask json_mask:email
stage notify http_post:https://hooks.shop.example/paid
egress archive
egress posted

feed -> quiet
quiet -[fanout_broadcast]-> mask -> archive
quiet -[fanout_broadcast]-> notify -> posted
`;

const lines = [
  '{"n":1,"email":"ada@shop.example"}',
  '{"n":2,"level":"debug"}',
  'no json',
  '{"n":4,"email":"bo@shop.example"}',
];

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

async function open(name: string, text: string, target: 'single_ring' | 'lane_graph') {
  const draftId = await makeDraft(page, environmentId, {
    name,
    text,
    target,
  });
  await page.goto(new URL(`/drafts/${draftId}`, app.url).href);
}

/** Gives a stage another key in its form, also while a run is on. */
async function setKey(edit: ReturnType<typeof editor>, id: string, key: string) {
  await edit.select(id);
  const form = page.getByRole('radiogroup', { name: 'Show', exact: true });
  if (await form.isVisible())
    await form.getByRole('radio', { name: 'Form' }).check({ force: true });
  const field = edit.inspector.getByRole('textbox', { name: 'Stage key' });
  await field.fill(key);
  await field.press('Enter');
  await expect(edit.row(id)).toHaveAttribute('aria-label', `${id}, ${key}, stage`);
}

test('records go through step by step, back and forth, and stop where they were asked to', async () => {
  await open('Orders', plan, 'lane_graph');
  const edit = editor(page);
  const stepping = run(page);
  await edit.opened();
  await stepping.start();
  await stepping.paste('four orders', lines);
  await expect(stepping.standing).toContainText('All is through');

  // What became of each, and what a stage that acts outside would have done.
  await expect(stepping.record(1)).toContainText('posted');
  await expect(stepping.record(1)).toContainText('archive');
  await expect(stepping.record(2)).toContainText('dropped at quiet');
  await expect(stepping.record(3)).toContainText('rejected at mask');
  await expect(edit.node('notify')).toContainText('would post 3; nothing is sent');
  await expect(edit.node('mask')).toContainText('1 rejected');

  // A breakpoint with a condition, and the bytes there.
  await edit.select('mask');
  await page.getByLabel('Break here').check();
  await page.getByLabel('When the record matches').fill('bo@');
  await page.keyboard.press('F5');
  await expect(stepping.standing).toContainText('Paused at mask');
  await expect(stepping.standing).toContainText('breakpoint');
  await expect(stepping.atStep('mask')).toContainText('Goes in #4');
  await expect(stepping.atStep('mask').locator('del')).toHaveText('bo@shop.example');
  await expect(stepping.atStep('mask').locator('ins')).toHaveText('***');
  await expect(edit.node('mask')).toContainText('paused: #4 goes in');

  // Forth and back is where it was.
  const step = await stepping.step();
  const before = await edit.node('mask').innerText();
  await page.keyboard.press('F10');
  await expect.poll(() => stepping.step()).toBe(step + 1);
  await expect(edit.node('mask')).not.toHaveText(before);
  await page.keyboard.press('Shift+F10');
  await expect.poll(() => stepping.step()).toBe(step);
  expect(await edit.node('mask').innerText()).toBe(before);
  await stepping.slider.focus();
  await page.keyboard.press('Home');
  await expect.poll(() => stepping.step()).toBe(0);
  await expect(stepping.record(1)).toContainText('not in yet');
  await page.keyboard.press('End');
  await expect(stepping.standing).toContainText('All is through');

  // The sample is still there after a reload; nothing of it went to the server.
  await page.reload();
  await edit.opened();
  await edit.dock('Run');
  await expect(stepping.tab).toContainText('four orders');
  await stepping.start();
  await expect(stepping.standing).toContainText('All is through');
});

test('from a template to a change, a failing case, the step that fails it, the cure, and a version whose cases pass', async () => {
  await open('Masked logs', '', 'single_ring');
  await page.getByRole('radio', { name: /^Mask people in logs/u }).click();
  await page.getByRole('button', { name: 'Use Mask people in logs' }).click();
  const edit = editor(page);
  const stepping = run(page);
  await edit.opened();
  const cases = page.getByRole('list', { name: 'Cases' });
  await edit.dock('Cases');
  const verdict = page.getByRole('tabpanel', { name: 'Cases' }).getByRole('status');
  await expect(cases.getByRole('listitem')).toHaveCount(4);
  await expect(verdict).toHaveText('4 pass');

  // A change that loses a record.
  await setKey(edit, 'json', 'keep:guest');
  const failing = cases.getByRole('listitem').filter({ hasText: 'An e-mail address is masked' });
  await expect(failing).toContainText('fails');
  await expect(failing).toContainText('Expected 1 record at out, got none: json dropped #1.');
  await expect(edit.node('json')).toContainText('3 cases fail');
  await failing.getByRole('button', { name: /^Go to step/u }).click();
  await expect(stepping.standing).toContainText('Paused at json');
  await expect(stepping.atStep('json')).toContainText('ada@shop.example');
  await expect(stepping.atStep('json')).toContainText('json drops #1');

  // The cure; the run follows it.
  await setKey(edit, 'json', 'keep:^\\{');
  await edit.dock('Cases');
  await expect(verdict).toHaveText('4 pass');
  await edit.saved();
  await edit.createVersion();
  const found = page.getByRole('region', { name: 'Cases', exact: true });
  await expect(found).toContainText('4 pass', { timeout: 60_000 });
  await expect(found).toContainText('run by the server');
});
