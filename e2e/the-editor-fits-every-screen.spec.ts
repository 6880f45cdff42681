import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { makeVersion } from './support/deploy.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

/** One stage whose key has an error, two branches, and more than fits a phone. */
const plan = `pipeline orders
description "Orders, made safe for two readers"

ingress in
stage json json_require:event_id
stage mask json_mask:email,phone
stage slim json_drop:cart,
egress safe
egress raw

in -> json
json -> mask -> safe
json -> slim -> raw
`;

const screens = [
  { width: 390, height: 844 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
  { width: 1440, height: 900 },
  { width: 1920, height: 1080 },
];

let app: App;
let page: Page;
let address: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  const draftId = await makeDraft(page, await firstEnvironment(page), {
    name: 'order_events',
    text: plan,
    target: 'lane_graph',
  });
  address = new URL(`/drafts/${draftId}`, app.url).href;
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

/** Opens the editor as somebody does who was never there. */
async function openFresh(size: { width: number; height: number }, at = address) {
  await page.setViewportSize(size);
  await page.goto(new URL('/favicon.svg', app.url).href);
  await page.evaluate(() => localStorage.clear());
  await page.goto(at);
  const edit = editor(page);
  await expect(edit.outline.or(edit.canvas).first()).toBeVisible();
  await edit.checked();
  return edit;
}

async function scrolls() {
  return page.evaluate(() => ({
    across: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    down: document.documentElement.scrollHeight - document.documentElement.clientHeight,
  }));
}

async function serious(): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
}

const tab = (list: string, name: RegExp) =>
  page.getByRole('tablist', { name: list }).getByRole('tab', { name });

test('the canvas has 65 % of 1440 × 900 as the editor first opens', async () => {
  const edit = await openFresh({ width: 1440, height: 900 });
  const box = await edit.canvas.boundingBox();
  const share = ((box?.width ?? 0) * (box?.height ?? 0)) / (1440 * 900);
  expect(share).toBeGreaterThanOrEqual(0.65);
  // The dock waits for who asks, although there is an error: its tab has the number.
  await expect(tab('Dock', /Problems\s*1/u)).toHaveAttribute('aria-selected', 'false');
});

test('the reason beside Create version leads to the problem', async () => {
  const edit = await openFresh({ width: 1440, height: 900 });
  await page.getByRole('button', { name: 'Fix 1 error first' }).click();
  await expect(edit.problems.filter({ hasText: /error:/u })).toHaveCount(1);
  await expect(edit.row('slim')).toHaveAttribute('aria-selected', 'true');
});

for (const size of screens) {
  test(`nothing scrolls the page at ${size.width}, and axe finds nothing serious`, async () => {
    test.setTimeout(120_000);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const edit = await openFresh(size);
      const at = `${colorScheme}, ${size.width}`;
      expect(await scrolls(), at).toEqual({ across: 0, down: 0 });
      expect(await serious(), `as opened, ${at}`).toEqual([]);
      if (size.width < 640) {
        await edit.row('mask').click();
        await page.getByRole('button', { name: /Change…/u }).click();
        await expect(edit.inspector.getByLabel('Stage key')).toBeVisible();
        expect(await serious(), `sheet, ${at}`).toEqual([]);
        for (const part of ['Canvas', 'Problems', 'Text', 'Spec']) {
          await page
            .getByRole('navigation', { name: 'Parts of the editor' })
            .getByRole('button', { name: part })
            .click();
          // The sheet that was pulled up covers no other part.
          await expect(edit.inspector).toHaveCount(0);
          expect(await scrolls(), `${part}, ${at}`).toEqual({ across: 0, down: 0 });
        }
        continue;
      }
      if (size.width < 1024)
        await page
          .getByRole('toolbar', { name: 'Left panel' })
          .getByRole('button', { name: 'Outline' })
          .click();
      await edit.row('mask').click();
      await edit.dock('Problems');
      expect(await scrolls(), `all open, ${at}`).toEqual({ across: 0, down: 0 });
      expect(await serious(), `all open, ${at}`).toEqual([]);
      await edit.dock('Spec');
      expect(await serious(), `spec, ${at}`).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  });
}

/** Words of the bar that are cut, or whose last letters nobody sees. */
async function cutInTheBar(): Promise<string[]> {
  return page.evaluate(() => {
    const bar = document.querySelector('header.bar')!;
    return [...bar.querySelectorAll<HTMLElement>('h1 button, .save, .reason button')]
      .filter((one) => {
        const [first] = one.querySelectorAll('.text > span');
        const own = (first ?? one).getBoundingClientRect();
        const around = (first?.parentElement ?? one.parentElement)!.getBoundingClientRect();
        return (
          one.scrollWidth > one.clientWidth ||
          own.right > around.right + 1 ||
          own.bottom > around.bottom + 1
        );
      })
      .map((one) => one.innerText);
  });
}

test('from a tablet on the bar cuts no word, also offline and with an error', async () => {
  test.setTimeout(240_000);
  // The longest that the bar has to say: a newer version, an error, and no server.
  const environment = await firstEnvironment(page);
  for (const pattern of ['a', 'b'])
    await makeVersion(
      page,
      environment,
      `pipeline orders\ningress in\nstage json keep:${pattern}\negress out\nin -> json -> out\n`,
    );
  const behind = await makeDraft(page, environment, {
    name: 'order_events',
    text: plan,
    target: 'lane_graph',
    basedOn: 1,
  });
  for (const width of [768, 1024, 1200, 1280, 1440]) {
    await openFresh({ width, height: 800 }, new URL(`/drafts/${behind}`, app.url).href);
    await expect(page.getByRole('button', { name: 'v2 is newest' })).toBeVisible();
    await expect(page.getByTestId('save-state')).toHaveText('Saved');
    expect(await cutInTheBar(), `${width}`).toEqual([]);
    await page.context().setOffline(true);
    await expect(page.getByTestId('save-state')).toContainText('Offline');
    expect(await cutInTheBar(), `${width}, offline`).toEqual([]);
    await page.context().setOffline(false);
    await expect(page.getByTestId('save-state')).toHaveText('Saved');
  }
});

test('a letter lies above the wires of a neighbour that is selected', async () => {
  const draftId = await makeDraft(page, await firstEnvironment(page), {
    name: 'three readers',
    text: `pipeline readers
ingress in
stage one lower
stage two upper
stage three trim
egress left
egress middle
egress right
in -[fanout_broadcast]-> one -> left
in -[fanout_broadcast]-> two -> middle
in -[fanout_broadcast]-> three -> right
`,
    target: 'lane_graph',
  });
  await page.goto(new URL(`/drafts/${draftId}`, app.url).href);
  const edit = editor(page);
  await edit.checked();
  for (const id of ['one', 'three']) {
    await edit.row(id).click();
    for (const other of ['one', 'two', 'three'])
      await expect
        .poll(() =>
          page.evaluate((wire) => {
            const letter = document.querySelector(`.lane[data-wire="${wire}"]`);
            const { x, y, width, height } = letter?.getBoundingClientRect() ?? new DOMRect();
            const top = document.elementFromPoint(x + width / 2, y + height / 2);
            return top?.closest('[data-wire]')?.getAttribute('data-wire');
          }, `in->${other}`),
        )
        .toBe(`in->${other}`);
  }
});

test('panels are sized, folded and opened by keyboard, and stay so', async () => {
  const edit = await openFresh({ width: 1440, height: 900 });
  const width = async (id: string) => (await page.locator(`#${id}`).boundingBox())?.width ?? 0;
  const height = async (id: string) => (await page.locator(`#${id}`).boundingBox())?.height ?? 0;

  const before = await width('editor-left');
  const left = page.getByRole('separator', { name: 'Width of the left panel' });
  await left.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(() => width('editor-left')).toBe(before + 80);
  await expect(left).toHaveAttribute('aria-valuenow', String(before + 80));
  await page.keyboard.press('Home');
  await expect.poll(() => width('editor-left')).toBeLessThan(before);

  // Tabs: the arrow goes to the next, Enter opens it.
  await tab('Dock', /Problems/u).focus();
  await page.keyboard.press('End');
  await expect(tab('Dock', /Spec/u)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(tab('Dock', /Spec/u)).toHaveAttribute('aria-selected', 'true');
  const low = await height('editor-dock');
  await page.getByRole('separator', { name: 'Height of the dock' }).focus();
  await page.keyboard.press('Shift+ArrowUp');
  await expect.poll(() => height('editor-dock')).toBe(low + 64);

  await page.getByRole('button', { name: 'Move the dock beside the canvas' }).click();
  await expect.poll(() => height('editor-dock')).toBeGreaterThan(700);
  await page.getByRole('button', { name: 'Move the dock below the canvas' }).click();
  await page.getByRole('button', { name: 'Expand the dock over the canvas' }).click();
  await expect.poll(() => height('editor-dock')).toBeGreaterThan(800);

  const sized = await width('editor-left');
  await page.reload();
  await edit.checked();
  expect(await width('editor-left')).toBe(sized);
  await expect.poll(() => height('editor-dock')).toBeGreaterThan(800);
  await page.getByRole('button', { name: 'Close the dock' }).click();
  await expect.poll(() => height('editor-dock')).toBeLessThan(40);

  // Another screen has sizes of its own.
  await page.setViewportSize({ width: 1920, height: 1080 });
  await expect.poll(() => width('editor-left')).toBeGreaterThan(sized);
});

test('Alt+1 leads to the outline from wherever one is, Alt+2 to the canvas', async () => {
  const edit = await openFresh({ width: 1440, height: 900 });
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-row'));
  await edit.row('mask').click();
  await page.keyboard.press('Alt+2');
  await expect.poll(focused).not.toBe('mask');
  await page.keyboard.press('Alt+1');
  await expect.poll(focused).toBe('mask');
  await page.keyboard.press('ArrowDown');
  await expect.poll(focused).not.toBe('mask');

  // From a field, from another panel of the left, and from one that is folded away.
  await edit.inspector.getByLabel('Stage key').focus();
  await page.keyboard.press('Alt+1');
  await expect.poll(focused).not.toBeNull();
  await page.getByRole('tab', { name: 'History' }).click();
  await expect(edit.outline).toBeHidden();
  await page.keyboard.press('Alt+1');
  await expect(edit.outline).toBeVisible();
  await expect.poll(focused).not.toBeNull();
  await page.getByRole('button', { name: 'Hide the left panel' }).click();
  await expect(edit.outline).toBeHidden();
  await page.keyboard.press('Alt+1');
  await expect(edit.outline).toBeVisible();
  await expect.poll(focused).not.toBeNull();
});

test('text, canvas and spec are in step, and a broken text keeps the last spec', async () => {
  const edit = await openFresh({ width: 1440, height: 900 });
  await edit.dock('Problems');
  await edit.setKey('slim', 'json_drop:cart');
  await expect(edit.errors).toHaveCount(0);
  await edit.openTextLane();

  // From the text: the line of `slim` selects it, and its lines of the spec are marked.
  const spec = page.getByRole('region', { name: 'Spec', exact: true });
  await edit.text.getByText('slim', { exact: true }).first().click();
  await expect(spec.getByText(/Line 7, slim, makes \d+ lines: its role/u)).toBeVisible();
  await expect(spec.locator('.marked').filter({ hasText: 'key=json_drop:cart' })).toBeVisible();
  // From the canvas: the text follows, and so does the spec.
  await page.getByRole('button', { name: 'Show everything', exact: true }).click();
  await edit.node('mask').click();
  await expect(spec.getByText(/Line 6, mask, makes/u)).toBeVisible();

  const hash = await edit.specHash();
  await edit.text.getByText('slim', { exact: true }).first().click();
  await page.keyboard.press('End');
  await page.keyboard.type(',');
  await expect(spec.getByText('last valid text').first()).toBeVisible();
  await expect(spec.getByText(/of the last valid text, \d/u)).toBeVisible();
  expect((await spec.innerText()).replace(/\s/gu, '')).toContain(hash);
  await expect(page.getByText(/^Line 7, column \d+$/u)).toBeVisible();
});
