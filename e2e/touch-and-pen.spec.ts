import { expect, test, type BrowserContext, type CDPSession, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

const plan =
  'pipeline touch\n\ningress in\nstage json json_require:id\nstage mask json_mask:email\negress out\n\nin -> json -> mask -> out\n';

interface Point {
  x: number;
  y: number;
}

let app: App;
let context: BrowserContext;
let page: Page;
let fingers: CDPSession;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  context = await browser.newContext({
    viewport: { width: 1024, height: 768 },
    hasTouch: true,
    reducedMotion: 'reduce',
  });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  fingers = await context.newCDPSession(page);
});

test.beforeEach(async () => {
  const draftId = await makeDraft(page, await firstEnvironment(page), {
    name: 'Touch',
    text: plan,
  });
  await page.goto(new URL(`/drafts/${draftId}`, app.url).href);
  await editor(page).opened();
  await expect(editor(page).node('mask')).toBeVisible();
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: readonly Point[]) =>
  fingers.send('Input.dispatchTouchEvent', {
    type,
    touchPoints: points.map(({ x, y }, id) => ({ x, y, id })),
  });

/** Fingers go from where they are to elsewhere, in ten steps, and leave. */
async function glide(from: readonly Point[], to: readonly Point[]) {
  await touch('touchStart', from);
  for (let step = 1; step <= 10; step += 1)
    await touch(
      'touchMove',
      from.map(({ x, y }, at) => ({
        x: x + (((to[at]?.x ?? x) - x) * step) / 10,
        y: y + (((to[at]?.y ?? y) - y) * step) / 10,
      })),
    );
  await touch('touchEnd', []);
}

async function middleOf(id: string): Promise<Point> {
  const box = await editor(page).node(id).boundingBox();
  if (!box) throw new Error(`${id} is not on the screen`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

const view = () =>
  page.evaluate(() => {
    const { a, e, f } = new DOMMatrixReadOnly(
      getComputedStyle(document.querySelector('.svelte-flow__viewport')!).transform,
    );
    return { zoom: a, x: e, y: f };
  });

test('two fingers move the plan and zoom it, also when they are put down on nodes', async () => {
  const before = await view();
  const [json, mask] = [await middleOf('json'), await middleOf('mask')];
  const fingersOn = [json, mask];
  await glide(
    fingersOn,
    fingersOn.map(({ x, y }) => ({ x: x + 80, y: y + 40 })),
  );
  await expect.poll(view).toMatchObject({ x: before.x + 80, y: before.y + 40 });
  expect((await view()).zoom).toBeCloseTo(before.zoom, 2);
  // No node was dragged.
  await expect(editor(page).node('json').locator('.pin')).toHaveCount(0);

  // Apart by half as much again: what was under the fingers stays there.
  const [a, b] = [await middleOf('json'), await middleOf('mask')];
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  const wider = [a, b].map(({ x, y }) => ({
    x: middle.x + (x - middle.x) * 0.7,
    y: middle.y + (y - middle.y) * 0.7,
  }));
  const zoom = (await view()).zoom;
  await glide([a, b], wider);
  await expect.poll(async () => (await view()).zoom / zoom).toBeCloseTo(0.7, 1);
  const now = await middleOf('json');
  expect(Math.hypot(now.x - wider[0]!.x, now.y - wider[0]!.y)).toBeLessThan(12);
});

test('a finger that stays opens the menu of what is under it', async () => {
  const at = await middleOf('mask');
  await touch('touchStart', [at]);
  await expect(page.getByRole('menu', { name: /mask/u })).toBeVisible();
  await touch('touchEnd', []);
  await expect(page.getByRole('menu', { name: /mask/u })).toBeVisible();
  await page.getByRole('menuitem', { name: /^Duplicate/u }).tap();
  await expect(editor(page).row('mask_2')).toBeVisible();
});

test('a finger drags a node, and a tap selects it', async () => {
  const at = await middleOf('mask');
  await page.touchscreen.tap(at.x, at.y);
  await expect(editor(page).row('mask')).toHaveAttribute('aria-selected', 'true');
  const from = await middleOf('mask');
  await glide([from], [{ x: from.x + 120, y: from.y + 30 }]);
  await expect(editor(page).node('mask').locator('.pin')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Undo: Move' })).toBeVisible();
});

test('a pen drags a node', async () => {
  const from = await middleOf('json');
  const pen = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', { x, y }: Point) =>
    fingers.send('Input.dispatchMouseEvent', {
      ...{ type, x, y, button: 'left', buttons: type === 'mouseReleased' ? 0 : 1 },
      ...{ clickCount: 1, pointerType: 'pen', force: 0.5 },
    });
  await pen('mousePressed', from);
  for (let step = 1; step <= 10; step += 1)
    await pen('mouseMoved', { x: from.x + 12 * step, y: from.y });
  await pen('mouseReleased', { x: from.x + 120, y: from.y });
  await expect(editor(page).node('json').locator('.pin')).toBeVisible();
});
