import { expect, test, type BrowserContext, type Page } from 'playwright/test';
import { joins, open, signIn } from './pages/index.ts';
import { operations } from '../wasm/tests/packages.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { environmentId } from './support/deploy.ts';
import { lookAt } from './support/looks.ts';
import { must } from './support/trpc.ts';

closesWhatItOpened();

const first = `pipeline order_events

ingress feed
stage json json_require:event_id,type
stage once dedupe:500:event_id
stage mask json_mask:email
stage short truncate:240
stage paid keep:payment
stage stamp prefix:order
egress archive
egress payments

feed -[sequenced_slots 256]-> json -> once
once -[fanout_broadcast]-> mask -> short -> stamp -> archive
once -[fanout_broadcast]-> paid -> payments
`;
const second = first
  .replace('dedupe:500', 'dedupe:1000')
  .replace('stage short truncate:240\n', '')
  .replace('mask -> short -> stamp', 'mask -> stamp');
const third = second
  .replace('json_mask:email', 'json_mask:email,phone')
  .replace('stage stamp', 'stage notify http_post:https://hooks.shop.example/payments\nstage stamp')
  .replace('paid -> payments', 'paid -> notify -> payments');

let app: App;
let context: BrowserContext;
let page: Page;
let development: string;
let draftId: string;
const versions: string[] = [];

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  app = await startApp({ agents: false });
  context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await context.newPage();
  await signIn(page, app.signInLink);
  development = await environmentId(page, 'development');
  await makeVersion(first);
  await makeVersion(second);
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

/** Makes the next version of one draft; its hash comes from the package that the page has. */
async function makeVersion(text: string): Promise<void> {
  const target = 'lane_graph';
  const { compilerVersion } = await must<{ compilerVersion: string }>(page, 'query', 'session.get');
  let revision: number;
  if (draftId === undefined) {
    const made = await must<{ draftId: string; revision: number }>(
      page,
      'mutation',
      'drafts.create',
      { environmentId: development, name: 'order_events', text, target, layout: {} },
    );
    ({ draftId, revision } = made);
  } else {
    const draft = await must<{ revision: number }>(page, 'query', 'drafts.get', { draftId });
    ({ revision } = await must<{ revision: number }>(page, 'mutation', 'drafts.save', {
      draftId,
      baseRevision: draft.revision,
      compilerVersion,
      text,
      target,
      layout: {},
      cases: {},
      samples: {},
    }));
  }
  const { versionId } = await must<{ versionId: string }>(page, 'mutation', 'versions.create', {
    draftId,
    revision,
    expectedSpecHash: hashOf(text, target),
    compilerVersion,
  });
  versions.push(versionId);
}

function hashOf(text: string, target: string): string {
  const answer = JSON.parse(operations.lower(JSON.stringify({ text, target }))) as {
    value: { report: { spec_hash: string } };
  };
  return answer.value.report.spec_hash;
}

const changes = (on = page) => on.getByRole('list', { name: 'Changes' });
const current = (on = page) => changes(on).locator('[aria-current]');
const tick = (name: string) => page.getByRole('checkbox', { name: `Viewed ${name}` });

async function compare(from: string, to: string, rest = ''): Promise<void> {
  await open(page, `${app.url}/compare?from=${from}&to=${to}${rest}`);
  await expect(changes().getByRole('listitem').first()).toBeVisible();
}

test('both hashes are recomputed here, and what is shown and what is hidden are all of it', async () => {
  await open(page, `${app.url}/versions/${versions[1]}`);
  await page.getByRole('link', { name: 'Compare with v1' }).click();
  await expect(page.locator('[data-check="match"]')).toHaveCount(2);
  await expect(page.getByText('3 shown + 0 hidden = 3 changes')).toBeVisible();
  await page.getByRole('button', { name: /1 removed/ }).click();
  await expect(page.getByText('2 shown + 1 hidden = 3 changes')).toBeVisible();
  await expect(page.getByText('hidden: 1 removed')).toBeVisible();
  await expect(changes().getByRole('listitem')).toHaveCount(2);
  await page.getByRole('button', { name: /1 removed/ }).click();
});

test('list, picture and text go in step, by keys, and the link shows the very same', async () => {
  await compare(versions[0]!, versions[1]!);
  await expect(page.locator('[data-id="stage:short"] .ghost')).toBeVisible();
  const seen: string[] = [];
  for (let at = 0; at < 3; at += 1) {
    await page.keyboard.press('j');
    await expect(current()).toHaveCount(1);
    const id = new URL(page.url()).searchParams.get('at') ?? '';
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).not.toBe(seen.at(-1) ?? '');
    seen.push(new URL(page.url()).searchParams.get('at') ?? id);
    await expect(page.locator('.svelte-flow__node.selected')).toHaveCount(1);
    await expect(page.locator('.line.lit').first()).toBeVisible();
  }
  expect(new Set(seen).size).toBe(3);
  await page.keyboard.press('k');
  await expect.poll(() => new URL(page.url()).searchParams.get('at')).toBe(seen[1]);

  // From the picture to the list.
  await page.locator('.svelte-flow__node[data-id="stage:short"]').click();
  await expect(current()).toContainText('short');

  await page.getByRole('radio', { name: 'Spec', exact: true }).check();
  await page.getByRole('button', { name: 'Copy link' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await context.newPage();
  await open(other, link);
  await expect(current(other)).toContainText('short');
  await expect(other.getByRole('radio', { name: 'Spec', exact: true })).toBeChecked();
  await other.close();
});

test('both run on one sample, and the first output that differs is told with its record', async () => {
  await compare(versions[0]!, versions[1]!, '&text=run');
  const long = 'x'.repeat(250);
  await page
    .getByLabel('One record a line')
    .fill(`{"event_id":"1","type":"a"}\n{"event_id":"2","type":"${long}"}`);
  await page.getByRole('button', { name: 'Run both' }).click();
  const difference = page.getByRole('region', { name: 'First difference at archive' });
  await expect(difference).toContainText('#2');
  await expect(page.locator('.svelte-flow__node[data-id="stage:once"]')).toContainText('2');
  // A count stands clear of the mark of its change, near and from a distance.
  const stamp = page.locator('.svelte-flow__node[data-id="stage:stamp"]');
  await expect(stamp).toContainText('1 rejected');
  for (const press of [0, 2]) {
    for (let at = 0; at < press; at += 1)
      await page.getByRole('button', { name: 'Zoom out' }).click();
    await expect
      .poll(async () => {
        const mark = await stamp.locator('.mark').boundingBox();
        const counts = await stamp.locator('.counts').boundingBox();
        return mark && counts && counts.y >= mark.y + mark.height;
      })
      .toBe(true);
  }
});

test('ticks, a comment and a verdict stay; a newer version says itself, and only what is new is new', async ({
  browser,
}) => {
  await compare(versions[0]!, versions[1]!);
  await page.keyboard.press('j');
  await page.keyboard.press('v');
  await expect(page.getByText('1 of 3 viewed')).toBeVisible();
  await tick('once, changed').check();
  await expect(page.getByText('2 of 3 viewed')).toBeVisible();
  await page.locator('.svelte-flow__node[data-id="stage:once"]').click();
  await page.keyboard.press('m');
  await page.getByLabel('Your comment on once').fill('Is 1,000 enough?');
  const box = page.getByRole('form', { name: 'Comment on once' });
  await box.getByRole('button', { name: 'Comment' }).click();
  await expect(page.getByRole('region', { name: 'Thread on once' })).toContainText('1,000');
  await expect(changes().getByRole('listitem').filter({ hasText: 'once' })).toContainText('1 open');

  await page.getByRole('button', { name: 'Finish review…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: /Fine/ }).check();
  await dialog.getByRole('button', { name: /Finish/ }).click();
  await expect(dialog).toBeHidden();

  await page.reload();
  await expect(page.getByText('2 of 3 viewed')).toBeVisible();
  // The thread stands on the picture, too.
  const once = page.locator('.svelte-flow__node[data-id="stage:once"]');
  await expect(once.getByTitle('1 open thread')).toBeVisible();
  await lookAt(page, 'a review with a thread');
  // Whoever may only look sees all of it, comments, and finishes nothing.
  const vi = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const here = page.url();
  await open(page, app.url);
  await joins(page, vi, { name: 'Vi Viewer', email: 'vi@example.com', role: 'viewer' });
  await open(vi, here);
  await expect(vi.getByRole('region', { name: 'Thread on once' })).toContainText('1,000');
  await expect(vi.getByRole('button', { name: 'Finish review…' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await lookAt(vi, 'a review as a viewer');
  await vi.context().close();
  await open(page, here);

  // A comment that is being written goes along to a newer version.
  await page.locator('.svelte-flow__node[data-id="stage:mask"]').click();
  await page.keyboard.press('m');
  const half = page.getByLabel('Your comment on mask');
  await half.fill('Half a thought');
  await makeVersion(third);
  await page.getByRole('button', { name: 'Go to v3' }).click();
  await expect(page.getByRole('button', { name: 'Go to v3' })).toHaveCount(0);
  await expect(half).toHaveValue('Half a thought');
  const other = page.getByRole('form', { name: 'Comment on mask' });
  await other.getByRole('button', { name: 'Cancel' }).click();
  await expect(half).toHaveCount(0);
  await expect(tick('once, changed')).toBeChecked();
  await expect(tick('notify, added')).not.toBeChecked();
  await page.getByRole('radio', { name: /Since my review of v2: 3/ }).check();
  await expect(page.getByText(/3 shown \+ 3 hidden = 6 changes/)).toBeVisible();
  const notify = changes()
    .getByRole('listitem')
    .filter({ has: tick('notify, added') });
  await notify.getByRole('button').click();
  await expect(notify).toContainText('It posts each record to');
  // What was said of v2 stands at the same stage of v3.
  await expect(page.getByRole('region', { name: 'Thread on once' })).toContainText('v2');
});

test('who wrote a comment edits it, and removes it; both are said', async () => {
  await compare(versions[0]!, versions[1]!);
  const thread = page.getByRole('region', { name: 'Thread on once' });
  await thread.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Your comment, edited').fill('Is 1,000 ids enough?');
  await thread.getByRole('button', { name: 'Save' }).click();
  await expect(thread).toContainText('Is 1,000 ids enough?');
  await expect(thread).toContainText('edited');
  await thread.getByRole('button', { name: 'Remove…' }).click();
  await thread.getByRole('button', { name: 'Remove it' }).click();
  // Nothing is left of the thread: it is settled, and says what became of it.
  const settled = page.getByRole('region', { name: 'Thread on once, resolved' });
  await settled.getByRole('button', { name: /^resolved/ }).click();
  await expect(settled).toContainText('Removed by Owner.');
  await expect(page.getByTitle('1 open thread')).toHaveCount(0);
});

test('panes are sized by the keys, and stay so', async () => {
  await compare(versions[0]!, versions[1]!);
  const edge = page.getByRole('separator', { name: 'Width of the changes' });
  const width = async () =>
    (await page.getByRole('region', { name: 'Changes' }).boundingBox())?.width;
  const before = (await width()) ?? 0;
  await edge.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(width).toBe(before + 80);
  await page.reload();
  await expect(changes().getByRole('listitem').first()).toBeVisible();
  await expect.poll(width).toBe(before + 80);
  await edge.dblclick();
  await expect.poll(width).toBe(before);
});

test('one altered byte is told, and the review can’t be finished', async () => {
  await page.route('**/trpc/**versions.get**', async (route) => {
    const answer = await route.fetch();
    const text = await answer.text();
    await route.fulfill({ response: answer, body: text.replaceAll('dedupe:1000', 'dedupe:1001') });
  });
  await compare(versions[0]!, versions[1]!);
  await expect(page.getByText('What came of v2 isn’t what its hash says')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Finish review…' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await page.unroute('**/trpc/**versions.get**');
});

test('a draft, a file and whole environments are compared, too', async () => {
  await compare(versions[0]!, `draft:${draftId}`);
  await expect(page.getByText('computed here').first()).toBeVisible();

  await page.getByRole('button', { name: 'Choose other sides…' }).click();
  const to = page.getByRole('group', { name: 'To' });
  await to.locator('input[type="file"]').setInputFiles({
    name: 'mine.plan',
    mimeType: 'text/plain',
    buffer: Buffer.from(first.replace('truncate:240', 'truncate:99')),
  });
  await page.getByRole('dialog').getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByText('a file, in this browser', { exact: true })).toBeVisible();
  await expect(changes()).toContainText('short');
  // Plan text says no target: it is the other side's.
  await expect(changes()).not.toContainText('lane_graph');
  await expect(page.getByText('no spec: the plan has errors')).toHaveCount(0);

  const production = await environmentId(page, 'production');
  await open(
    page,
    `${app.url}/compare?from=environment:${development}&to=environment:${production}`,
  );
  await expect(page.getByText('Nothing is deployed in either')).toBeVisible();

  // From the environment's own page it is two clicks.
  await open(page, `${app.url}/environments/${development}`);
  await page.getByRole('button', { name: 'Compare…' }).click();
  const sides = page.getByRole('dialog');
  await sides.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`to=environment%3A${development}$`));
  await expect(page.getByText('Nothing is deployed in either')).toBeVisible();
});
