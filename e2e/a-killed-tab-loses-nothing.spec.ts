import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { startApp, type App } from './support/app.ts';
import { must } from './support/trpc.ts';

/** `BYTEOR_KILL_RUNS=100 npx playwright test …` runs as many as one likes. */
const runs = Number(process.env['BYTEOR_KILL_RUNS'] ?? 5);
const edits = 200;
/** What may be missing after a tab was killed (ms). */
const lost = 1_000;

interface Workspace {
  orgs: { projects: { environments: { id: string }[] }[] }[];
}

const plan =
  'pipeline orders\n\ningress in\nstage mask drop:a\negress out\n\nin -> mask -> out\n# ';

let app: App;
let context: BrowserContext;
let page: Page;
let environmentId: string;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  const workspace = await must<Workspace>(page, 'query', 'workspace.tree');
  environmentId = workspace.orgs[0]?.projects[0]?.environments[0]?.id ?? '';
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

/** The text of a draft as this browser has it, read from a page that never opened it. */
async function stored(draftId: string): Promise<string | undefined> {
  const reader = await context.newPage();
  await reader.goto(new URL('/favicon.svg', app.url).href);
  const text = await reader.evaluate(
    (id) =>
      new Promise<string | undefined>((resolve, reject) => {
        const request = indexedDB.open('byteor-drafts');
        request.onerror = () => reject(request.error as Error);
        request.onsuccess = () => {
          const all = request.result.transaction('drafts').objectStore('drafts').getAll();
          all.onsuccess = () => {
            request.result.close();
            const drafts = all.result as { draftId: string; content: { text: string } }[];
            resolve(drafts.find((draft) => draft.draftId === id)?.content.text);
          };
        };
      }),
    draftId,
  );
  await reader.close();
  return text;
}

test(`${edits} random edits, ${runs} times, with the tab killed at a random moment: at most the last second is missing`, async () => {
  test.setTimeout(120_000 + runs * 60_000);
  for (let run = 0; run < runs; run += 1) {
    const seed = Number(process.env['BYTEOR_KILL_SEED'] ?? 0) + run;
    const random = numbers(seed * 7_919 + 17);
    const { draftId } = await must<{ draftId: string }>(page, 'mutation', 'drafts.create', {
      environmentId,
      name: `Run ${run}`,
      text: plan,
      target: 'single_ring',
      layout: {},
    });
    const tab = await context.newPage();
    await tab.goto(new URL(`/drafts/${draftId}`, app.url).href);
    const edit = editor(tab);
    await edit.opened();
    await edit.openTextLane();
    await edit.text
      .locator('.monaco-editor')
      .first()
      .click({ position: { x: 200, y: 12 } });
    await tab.keyboard.press('ControlOrMeta+End');

    // Each state of the text, with the moment at which the tab had surely taken it.
    const states = [{ text: plan, at: Date.now() }];
    const kill = Math.floor(random() * edits);
    let text = plan;
    for (let step = 0; step <= kill; step += 1) {
      if (random() < 0.25 && text.length > plan.length) {
        await tab.keyboard.press('Backspace');
        text = text.slice(0, -1);
      } else {
        const word = Math.floor(random() * 36 ** 4).toString(36);
        await tab.keyboard.insertText(`${word} `);
        text += `${word} `;
      }
      states.push({ text, at: Date.now() });
      if (random() < 0.05) await tab.waitForTimeout(random() * 400);
    }
    const killed = Date.now();
    const browser = await context.newCDPSession(tab);
    // The answer never comes: the process that would give it is gone.
    void browser.send('Page.crash').catch(() => undefined);
    await tab.waitForEvent('crash');

    const found = await stored(draftId);
    const index = states.findLastIndex((state) => state.text === found);
    const least = states.findLastIndex(({ at }) => at <= killed - lost);
    expect(index, `seed ${seed}: what is stored was never shown: ${found?.slice(-80)}`).not.toBe(
      -1,
    );
    expect(index, `seed ${seed}: of ${states.length} states`).toBeGreaterThanOrEqual(least);
    await tab.close();

    if (run > 0) continue;
    // It opens with what is stored.
    const again = await context.newPage();
    await again.goto(new URL(`/drafts/${draftId}`, app.url).href);
    await editor(again).opened();
    await expect(editor(again).saveState).toHaveAttribute('data-state', 'offline');
    expect(await stored(draftId)).toBe(found);
    await again.close();
  }
});
