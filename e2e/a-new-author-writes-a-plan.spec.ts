import { expect, test, type Page } from 'playwright/test';
import { editor } from './pages/editor.ts';
import { signIn } from './pages/index.ts';
import { textLane } from './pages/text-lane.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { firstEnvironment, makeDraft } from './support/drafts.ts';

closesWhatItOpened();

let app: App;
let page: Page;
let environmentId: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  const context = await browser.newContext({
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

/** Opens a new draft with the text lane on show. */
async function open(name: string, text: string, target: 'single_ring' | 'lane_graph') {
  const draftId = await makeDraft(page, environmentId, {
    name,
    text,
    target,
  });
  await page.goto(new URL(`/drafts/${draftId}`, app.url).href);
  const edit = editor(page);
  await edit.opened();
  await edit.openTextLane();
  return { edit, lane: textLane(page) };
}

test('ten stages from an empty document with completion alone, and back to empty by undo', async () => {
  test.setTimeout(240_000);
  const { edit, lane } = await open('From nothing', '', 'lane_graph');
  await lane.focus();

  await lane.complete('pipeline');
  await lane.complete();
  await lane.newLine();
  await lane.complete('ingress');
  await lane.complete();
  await lane.newLine();
  const stages: string[] = [];
  for (const wanted of ['identity', 'keep', 'drop', 'replace', 'lower', 'trim', '', '', '', '']) {
    await lane.complete('stage');
    stages.push(await lane.complete(wanted || undefined));
    await lane.complete();
    await lane.newLine();
  }
  expect(new Set(stages).size).toBe(10);
  await lane.complete('egress');
  await lane.complete();
  await lane.newLine();
  await lane.complete('in');
  for (let hop = 0; hop < 11; hop += 1) {
    await lane.complete('->');
    await lane.complete();
    await page.keyboard.type(' ');
  }
  await page.keyboard.press('Escape');

  await expect(edit.problems).toHaveCount(0);
  expect(await edit.specHash()).toMatch(/^sha256:[0-9a-f]{64}$/u);
  for (const stage of stages) await expect(edit.row(stage)).toBeVisible();
  const written = await edit.shownText();

  await lane.undoUntil('');
  expect(await edit.shownText()).toBe('');
  await lane.redoUntil(written);
});

/** What an author may do wrong, the code that says so, and the fix to click. */
const mistakes: { what: string; target?: 'single_ring'; from: string; to: string; code: string }[] =
  [
    { what: 'a family misspelt', from: 'keep:a', to: 'kep:a', code: 'E_KEY_FAMILY' },
    {
      what: 'a stage that is not declared',
      from: 'b -> c',
      to: 'b -> x -> c',
      code: 'E_PLAN_UNKNOWN_ID',
    },
    { what: 'records in a circle', from: '-> out\n', to: '-> out\nc -> a\n', code: 'E_PLAN_CYCLE' },
    { what: 'no egress', from: 'egress out\n', to: '', code: 'E_PLAN_NO_EGRESS' },
    { what: 'no ingress', from: 'ingress in\n', to: '', code: 'E_PLAN_NO_INGRESS' },
    { what: 'no name', from: 'pipeline orders\n', to: '', code: 'E_PLAN_NO_NAME' },
    {
      what: 'the same connection twice',
      from: '-> out\n',
      to: '-> out\na -> b\n',
      code: 'E_PLAN_DUPLICATE_CONNECTION',
    },
    {
      what: 'an id twice',
      from: 'stage b drop:b',
      to: 'stage a drop:b',
      code: 'E_PLAN_DUPLICATE_ID',
    },
    {
      what: 'a setting that there is not',
      from: 'on_full block',
      to: 'on_ful block',
      code: 'E_SETTING_UNKNOWN',
    },
    {
      what: 'a capacity past the limit',
      from: 'a -> b',
      to: 'a -[sequenced_slots 4096]-> b',
      code: 'E_SYNTAX_INTENT|E_LANE_CAPACITY',
    },
    {
      what: 'a quote without an end',
      from: 'replace:c=x"',
      to: 'replace:c=x',
      code: 'E_SYNTAX_QUOTE',
    },
    {
      what: 'a fifth stage in a ring',
      target: 'single_ring',
      from: 'egress out\n\nin -> a -> b -> c -> out',
      to: 'stage d identity\nstage e identity\negress out\n\nin -> a -> b -> c -> d -> e -> out',
      code: 'E_RING_STAGES',
    },
  ];

const whole = `pipeline orders

ingress in
stage a keep:a
stage b drop:b
stage c "replace:c=x"
egress out

in -> a -> b -> c -> out

lane_graph { on_full block }
`;

test('a plan broken in twelve ways is mended by quick fixes alone', async () => {
  test.setTimeout(240_000);
  const { edit } = await open('Broken and mended', whole, 'lane_graph');
  for (const { what, target, from, to, code } of mistakes) {
    await test.step(what, async () => {
      const broken = whole.replace(from, to);
      expect(broken, what).not.toBe(whole);
      await edit.chooseTarget(target ?? 'lane_graph');
      await edit.typeText(broken);
      const codes = new RegExp(`${code}`, 'u');
      await expect(edit.problems.filter({ hasText: codes }).first()).toBeVisible();
      await expect(edit.errors).not.toHaveCount(0);
      // One fix may show the next problem: an id that was changed wants a connection, for example.
      for (let step = 0; step < 6 && (await edit.errors.count()) > 0; step += 1) {
        // A fix changes the text, or chooses the other target, which the text doesn't show.
        const shown = async () =>
          `${await edit.errors.count()} errors in ${await edit.shownText()}`;
        const before = await shown();
        await edit.errors.first().getByRole('button').nth(1).click();
        await expect.poll(shown).not.toBe(before);
        await edit.checked();
      }
      await expect(edit.errors, what).toHaveCount(0);
      await edit.specHash();
    });
  }
});

test('a stage that stands in five places is renamed in all of them, and one undo takes it back', async () => {
  const text = `pipeline spread

ingress in
stage hub identity
stage a keep:a
stage b keep:b
stage c keep:c
egress out

in -> hub
hub -> a -> out
hub -> b -> out
hub -> c -> out
`;
  const { edit, lane } = await open('Renamed', text, 'lane_graph');
  await lane.focus();
  await lane.goTo(4, 7);
  await lane.rename('centre');
  await expect(edit.row('centre')).toBeVisible();
  const after = await edit.shownText();
  expect(after.match(/\bcentre\b/gu)).toHaveLength(5);
  expect(after).not.toMatch(/\bhub\b/u);
  await page.keyboard.press('ControlOrMeta+Z');
  await expect.poll(async () => (await edit.shownText()).trim()).toBe(text.trim());
});

test('a badly formatted plan is formatted where it is pasted', async () => {
  const { edit, lane } = await open('Pasted', '', 'lane_graph');
  await lane.focus();
  await lane.paste(
    'pipeline   orders\n\n\n\ningress   in\nstage  a    keep:x\nstage b   drop:y\negress out\nin->a->b  ->  out\nlane_graph {on_full   block}\n',
  );
  await expect
    .poll(async () => (await edit.shownText()).trim())
    .toBe(
      `pipeline orders

ingress in
stage a keep:x
stage b drop:y
egress out

in -> a -> b -> out

lane_graph { on_full block }`,
    );
  await expect(edit.problems).toHaveCount(0);
  await lane.undoUntil('');
});
