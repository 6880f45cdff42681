import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

/** `BYTEOR_KILL_RUNS=100 npx playwright test …` runs as many as one likes. */
const runs = Number(process.env['BYTEOR_KILL_RUNS'] ?? 5);
const edits = 200;
/** What may be missing after a tab was killed (ms). */
const lost = 1_000;

const plan =
  'pipeline orders\n\ningress in\nstage mask drop:a\negress out\n\nin -> mask -> out\n# ';

/** What a tab shows of a draft. The text without its spaces: a screen wraps it. */
interface Shown {
  text: string;
  nodes: Record<string, { x: number; y: number }>;
  notes: number;
  /** Whether a gesture has been made: until then places are worked out anew, and kept nowhere. */
  placed: boolean;
}

/** What this browser keeps of it. */
interface Kept {
  text: string;
  layout: { nodes: Record<string, { x: number; y: number }>; notes: Record<string, unknown> };
}

let app: App;
let context: BrowserContext;
let page: Page;
let environmentId: string;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    // What moves is where it goes at once, so that each state is one that was shown.
    reducedMotion: 'reduce',
  });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  environmentId = await firstEnvironment(page);
  // Each tab opens with the outline: panels are remembered.
  await context.addInitScript(() => {
    for (const name of Object.keys(localStorage))
      if (name.startsWith('byteor.editor.panels.')) localStorage.removeItem(name);
  });
  // Only what this browser keeps counts: the server hears of no edit.
  await context.route(/drafts\.save/u, (route) => route.abort('internetdisconnected'));
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

/** Numbers below 1 from a seed, the same for the same seed. */
function numbers(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const bare = (text: string) => text.replaceAll(/\s/gu, '');

/** A draft as this browser has it, read from a page that never opened it. */
async function stored(draftId: string): Promise<Kept | undefined> {
  const reader = await context.newPage();
  await reader.goto(new URL('/favicon.svg', app.url).href);
  const content = await reader.evaluate(
    (id) =>
      new Promise<unknown>((resolve, reject) => {
        const request = indexedDB.open('byteor-drafts');
        request.onerror = () => reject(request.error as Error);
        request.onsuccess = () => {
          const all = request.result.transaction('drafts').objectStore('drafts').getAll();
          all.onsuccess = () => {
            request.result.close();
            const drafts = all.result as { draftId: string; content: unknown }[];
            resolve(drafts.find((draft) => draft.draftId === id)?.content);
          };
        };
      }),
    draftId,
  );
  await reader.close();
  return content as Kept | undefined;
}

function isKept(shown: Shown, kept: Kept | undefined): boolean {
  if (!kept || bare(kept.text) !== shown.text) return false;
  if (Object.keys(kept.layout.notes).length !== shown.notes) return false;
  if (!shown.placed && Object.keys(kept.layout.nodes).length === 0) return true;
  return Object.entries(shown.nodes).every(([id, { x, y }]) => {
    const at = kept.layout.nodes[id];
    return at?.x === x && at.y === y;
  });
}

/** What the tab shows: the lines of the text lane, and the nodes and notes of the canvas. */
async function shownIn(tab: Page): Promise<Omit<Shown, 'placed'>> {
  const { nodes, notes } = await tab.evaluate(() => {
    const found = document.querySelectorAll<HTMLElement>('.svelte-flow__node');
    const places = [...found].map((node) => {
      const { e, f } = new DOMMatrixReadOnly(node.style.transform);
      return [node.dataset['id'] ?? '', { x: e, y: f }] as const;
    });
    return {
      nodes: Object.fromEntries(places),
      notes: document.querySelectorAll('[data-note]').length,
    };
  });
  return { text: bare(await editor(tab).shownText()), nodes, notes };
}

/** What the tab shows once two looks at it are the same. */
async function rested(tab: Page): Promise<Omit<Shown, 'placed'>> {
  for (let before = ''; ;) {
    const shown = await shownIn(tab);
    const now = JSON.stringify(shown);
    if (now === before) return shown;
    before = now;
    await tab.waitForTimeout(20);
  }
}

/** Puts the focus at the end of the text. */
async function toText(tab: Page): Promise<void> {
  await editor(tab)
    .text.locator('.monaco-editor')
    .first()
    .click({ position: { x: 200, y: 12 } });
  await tab.keyboard.press('ControlOrMeta+End');
}

/** A gesture of the canvas by its keys, on a node of it. */
async function gesture(tab: Page, random: () => number): Promise<void> {
  const ids = Object.keys((await shownIn(tab)).nodes);
  const copies = ids.filter((id) => id.startsWith('mask_'));
  const id = ids[Math.floor(random() * ids.length)] ?? 'mask';
  const on = async (node: string, ...keys: string[]) => {
    await tab.evaluate((one) => {
      document.querySelector<HTMLElement>(`.svelte-flow__node[data-id="${one}"]`)?.focus();
    }, node);
    for (const key of ['Space', ...keys]) await tab.keyboard.press(key);
  };
  const which = random();
  if (which < 0.35) await on(id, random() < 0.5 ? 'Shift+ArrowRight' : 'Shift+ArrowDown');
  else if (which < 0.6 && copies.length < 3) await on('mask', 'ControlOrMeta+d');
  else if (which < 0.75 && copies[0] !== undefined) await on(copies[0], 'Delete');
  else if (which < 0.85) await on(id, 'n', 'Escape');
  else await on(id, 'ControlOrMeta+z');
}

test(`${edits} random edits, ${runs} times, with the tab killed at a random moment: at most the last second is missing`, async () => {
  test.setTimeout(120_000 + runs * 60_000);
  let gestures = 0;
  for (let run = 0; run < runs; run += 1) {
    const seed = Number(process.env['BYTEOR_KILL_SEED'] ?? 0) + run;
    const random = numbers(seed * 7_919 + 17);
    const draftId = await makeDraft(page, environmentId, {
      name: `Run ${run}`,
      text: plan,
      target: 'lane_graph',
    });
    const tab = await context.newPage();
    await tab.goto(new URL(`/drafts/${draftId}`, app.url).href);
    const edit = editor(tab);
    await edit.opened();
    await edit.openTextLane();
    await toText(tab);

    // Each state that was shown, with the moment at which the tab had surely taken it.
    let shown: Shown = { ...(await rested(tab)), placed: false };
    const states = [{ shown, at: Date.now() }];
    const kill = Math.floor(random() * edits);
    let writing = true;
    for (let step = 0; step <= kill; step += 1) {
      if (random() < 0.15) {
        await gesture(tab, random);
        writing = false;
        gestures += 1;
        shown = { ...(await rested(tab)), placed: true };
      } else {
        if (!writing) await toText(tab);
        writing = true;
        let { text } = shown;
        if (random() < 0.25 && text.length > bare(plan).length + 4) {
          await tab.keyboard.press('Backspace');
          text = text.slice(0, -1);
        } else {
          const word = Math.floor(random() * 36 ** 4).toString(36);
          await tab.keyboard.insertText(`${word}.`);
          text += `${word}.`;
        }
        shown = { ...shown, text };
      }
      states.push({ shown, at: Date.now() });
      if (random() < 0.05) await tab.waitForTimeout(random() * 400);
    }
    const killed = Date.now();
    const browser = await context.newCDPSession(tab);
    // The answer never comes: the process that would give it is gone.
    void browser.send('Page.crash').catch(() => undefined);
    await tab.waitForEvent('crash');

    const found = await stored(draftId);
    const index = states.findLastIndex((state) => isKept(state.shown, found));
    const least = states.findLastIndex(({ at }) => at <= killed - lost);
    const told = `seed ${seed}: ${JSON.stringify(found)} after ${JSON.stringify(states.at(-1))}`;
    expect(index, `what is stored was never shown: ${told}`).not.toBe(-1);
    expect(index, `of ${states.length} states: ${told}`).toBeGreaterThanOrEqual(least);
    await tab.close();

    if (run > 0) continue;
    // It opens with what is stored.
    const again = await context.newPage();
    await again.goto(new URL(`/drafts/${draftId}`, app.url).href);
    await editor(again).opened();
    await expect(editor(again).saveState).toHaveAttribute('data-state', 'offline');
    expect(await stored(draftId)).toEqual(found);
    await again.close();
  }
  // Otherwise only writing was tried.
  expect(gestures).toBeGreaterThan(runs);
});
