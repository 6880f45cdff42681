import { writeFile } from 'node:fs/promises';
import { expect, test, type Browser, type Locator, type Page } from 'playwright/test';
import { approvalScreen, joins, open, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import {
  deploy,
  environmentId,
  files,
  makeBundle,
  makeVersion,
  onlineAgent,
  reaches,
} from './support/deploy.ts';
import { lookAt } from './support/looks.ts';
import { must } from './support/trpc.ts';

closesWhatItOpened();

const plan = (mark: string) => `pipeline orders
ingress in
stage json keep:^\\{
stage mask "replace:[0-9]+=${mark}"
egress out
in -> json -> mask -> out
`;

/** Two ways that come together: what a restart may change of what leaves is otherwise than in a ring. */
const merged = `pipeline orders
ingress in
stage json keep:^\\{
stage mask "replace:[0-9]+=b"
stage all keep:.
egress out
in -> json
json -[fanout_broadcast]-> mask -> out
json -[fanout_broadcast]-> all -> out
`;

/** A finger needs so much (px). */
const TARGET = 44;
/** Stops of the Tab key that the whole page may have. */
const STOPS = 10;

let app: App;
let owner: Page;
let phone: Page;
let desk: Page;
let production: string;
let agentId: string;

/** Asks for a deployment in production as the owner, with a version and a bundle of its own. */
async function ask(
  mark: string,
  text = plan(mark),
  target: 'single_ring' | 'lane_graph' = 'single_ring',
): Promise<{ approvalId: string; deploymentId: string }> {
  const versionId = await makeVersion(owner, production, text, target);
  const paths = files(app, `orders-${mark}`);
  await writeFile(paths.input, '{"order":1}\n');
  const bundleId = await makeBundle(owner, production, versionId, paths);
  const deploymentId = await deploy(owner, { versionId, bundleId, agentIds: [agentId] });
  const { approval } = await must<{ approval: { id: string } }>(owner, 'query', 'deployments.get', {
    deploymentId,
  });
  return { approvalId: approval.id, deploymentId };
}

async function isLargeEnough(target: Locator): Promise<void> {
  const box = await target.boundingBox();
  expect(box?.height, String(target)).toBeGreaterThanOrEqual(TARGET);
  expect(box?.width, String(target)).toBeGreaterThanOrEqual(TARGET);
}

/** What the Tab key stops at from the top of the page until it leaves it, by name. */
async function tabStops(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    document.body.tabIndex = -1;
    document.body.focus();
  });
  const stops: string[] = [];
  while (stops.length <= 3 * STOPS) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const focused = document.activeElement;
      if (focused === null || focused === document.body) return null;
      if (focused.hasAttribute('data-stop')) return null;
      focused.setAttribute('data-stop', '');
      const label =
        focused instanceof HTMLInputElement ? focused.labels?.[0]?.innerText : undefined;
      return label ?? focused.getAttribute('aria-label') ?? (focused as HTMLElement).innerText;
    });
    if (stop === null) break;
    stops.push(stop);
  }
  return stops;
}

async function person(browser: Browser, options?: Parameters<Browser['newContext']>[0]) {
  return (await browser.newContext(options)).newPage();
}

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  app = await startApp();
  owner = await person(browser);
  await signIn(owner, app.signInLink);
  production = await environmentId(owner, 'production');
  agentId = await onlineAgent(owner, production);
  phone = await person(browser, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  await joins(owner, phone);
  desk = await person(browser, { storageState: await phone.context().storageState() });
});

test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

test('from the inbox to a running deployment, on a phone by touch', async () => {
  const { deploymentId } = await ask('a');
  const screen = approvalScreen(phone);
  await screen.openFirst();
  await screen.hashesMatch();

  // The decision is in sight before anything is scrolled, and a finger finds it.
  const deny = phone.getByRole('button', { name: 'Deny…' });
  for (const target of [screen.approve, deny]) {
    await expect(target).toBeInViewport({ ratio: 1 });
    await isLargeEnough(target);
  }
  await isLargeEnough(screen.digest);
  await expect(phone.getByText(/^expires in/)).toBeInViewport();

  // Only the right characters make the button work.
  const four = await screen.firstFour();
  await expect(screen.approve).toBeDisabled();
  const wrong = four.startsWith('0') ? '1' : '0';
  await screen.digest.tap();
  await screen.digest.pressSequentially(wrong);
  await expect(phone.getByText(`Not this digest: it begins with ${four}`)).toBeVisible();
  await expect(screen.approve).toBeDisabled();

  // The whole digest can be pasted: its first four characters stay.
  await phone.evaluate(
    (text) => {
      const field = document.activeElement as HTMLInputElement;
      field.select();
      document.execCommand('insertText', false, text);
    },
    `sha256:${four}${'0'.repeat(60)}`,
  );
  await expect(screen.digest).toHaveValue(four);
  await expect(screen.approve).toBeEnabled();
  await screen.approve.tap();
  await expect(phone.getByRole('region', { name: 'The decision' })).toBeVisible();
  await phone.getByRole('link', { name: 'See how it runs' }).tap();
  await reaches(phone, deploymentId, 'active');
  await expect(phone.getByText('Active', { exact: true }).first()).toBeVisible();
});

test('a denial has a reason, also on a phone', async () => {
  const { approvalId, deploymentId } = await ask('b', merged, 'lane_graph');
  await open(desk, `${app.url}/approvals/${approvalId}`);
  await expect(desk.getByRole('region', { name: 'After a kill' }).locator('ins')).not.toHaveCount(
    0,
  );
  await expect(desk.getByRole('region', { name: 'After a kill' })).toContainText(
    'File → pipeline → File: delivered exactly once.',
  );
  await lookAt(desk, 'a decision by which what a restart may change is otherwise');
  const screen = approvalScreen(phone);
  await open(phone, `${app.url}/approvals/${approvalId}`);
  await screen.hashesMatch();
  expect(await screen.changes()).toContain('mask');
  await phone.getByRole('button', { name: 'Deny…' }).tap();
  await expect(screen.deny).toBeDisabled();
  await isLargeEnough(screen.deny);
  await phone.getByLabel('Reason').fill('Keep the letter');
  await screen.deny.tap();
  await expect(phone.getByText('“Keep the letter”')).toBeVisible();
  await reaches(phone, deploymentId, 'denied');
});

test('the whole page by keyboard, in ten stops at most', async () => {
  const { approvalId, deploymentId } = await ask('c');
  const screen = approvalScreen(desk);
  await open(desk, `${app.url}/approvals/${approvalId}`);
  await screen.hashesMatch();
  const stops = await tabStops(desk);
  expect(stops.length, stops.join(' | ')).toBeLessThanOrEqual(STOPS);

  // By keys alone: to the field, the characters, Enter.
  const four = await screen.firstFour();
  await desk.evaluate(() => document.body.focus());
  for (let stop = 0; stop < STOPS; stop++) {
    await desk.keyboard.press('Tab');
    if (await screen.digest.evaluate((field) => field === document.activeElement)) break;
  }
  await expect(screen.digest).toBeFocused();
  await desk.keyboard.type(four.toUpperCase());
  await desk.keyboard.press('Tab');
  await expect(screen.approve).toBeFocused();
  await desk.keyboard.press('Enter');
  await expect(desk.getByRole('region', { name: 'The decision' })).toBeVisible();
  await reaches(owner, deploymentId, 'active');
});

test('what changed while the page stood has to be read before anything is approved', async () => {
  const { approvalId, deploymentId } = await ask('d');
  const screen = approvalScreen(desk);
  await open(desk, `${app.url}/approvals/${approvalId}`);
  await screen.hashesMatch();
  const four = await screen.firstFour();
  await screen.digest.fill(four);
  await expect(screen.approve).toBeEnabled();

  // Somebody asks for another deployment into the same slot.
  await ask('e');
  await expect(screen.changed).toContainText('Other requests for this slot');
  await expect(screen.changed).toContainText('by Owner');
  await expect(screen.approve).toHaveCount(0);
  await expect(screen.digest).toHaveCount(0);
  await lookAt(desk, 'what changed since the page opened');

  // Read, and typed again: what was typed before was typed over something else.
  await screen.read.click();
  await expect(screen.changed).toHaveCount(0);
  await expect(screen.digest).toHaveValue('');
  await expect(screen.approve).toBeDisabled();
  await screen.decide('approve');
  await reaches(owner, deploymentId, 'active');
});

test('an inbox counts only what the reader can decide', async () => {
  // The request of the last test waits: for Olga, and not for the owner who asked.
  await open(desk, `${app.url}/approvals`);
  const yours = desk.getByRole('region', { name: 'You can decide' });
  await expect(yours.getByRole('link', { name: /^Run orders v/ })).toHaveCount(1);
  await expect(yours).toContainText('1 changed against v');
  await expect(desk.getByRole('link', { name: /^Approvals\b.*1 to decide$/ })).toBeVisible();
  await open(owner, `${app.url}/approvals`);
  await expect(owner.getByRole('region', { name: 'You can decide' })).toContainText(
    'Nothing waits for you',
  );
  const others = owner.getByRole('region', { name: 'Waits for others' });
  await expect(others).toContainText('you asked for it: another person approves');
  await expect(owner.getByRole('link', { name: 'Approvals', exact: true })).toBeVisible();
});

test('two yeses, one taken back, and a decision alone that stays marked', async () => {
  await open(owner, `${app.url}/environments/${production}`);
  await owner.getByRole('button', { name: 'Settings…' }).click();
  await owner.getByRole('radio', { name: '2', exact: true }).check();
  await owner.getByLabel('One person may decide alone in an emergency').check();
  await owner.getByRole('button', { name: 'Save settings' }).click();
  await expect(owner.getByRole('dialog')).toHaveCount(0);
  const { approvalId, deploymentId } = await ask('f');
  const screen = approvalScreen(desk);
  await open(desk, `${app.url}/approvals/${approvalId}`);
  await screen.hashesMatch();
  const stops = await tabStops(desk);
  expect(stops.length, stops.join(' | ')).toBeLessThanOrEqual(STOPS);

  // A first yes leaves it waiting, and can be taken back.
  const four = await screen.firstFour();
  await screen.digest.fill(four);
  await expect(screen.approve).toBeEnabled();
  await screen.approve.click();
  await expect(desk.getByText('1 of 2 yeses')).toBeVisible();
  await expect(screen.approve).toBeDisabled();
  await lookAt(desk, 'a quorum half met');
  const dialog = desk.getByRole('dialog');
  await desk.getByRole('button', { name: 'Take my yes back…' }).click();
  await dialog.getByLabel('Reason').fill('Looked at the wrong one');
  await dialog.getByRole('button', { name: 'Take it back' }).click();
  await expect(desk.getByText('0 of 2 yeses')).toBeVisible();

  // Deciding alone takes the digest and a reason.
  await desk.getByRole('button', { name: 'Break the glass…' }).click();
  const alone = dialog.getByRole('button', { name: 'Break the glass' });
  await dialog.getByLabel('Reason').fill('Everything burns');
  await expect(alone).toBeDisabled();
  await dialog.getByLabel('Type its first four characters to approve').fill(four);
  await alone.click();
  await expect(desk.getByText('Glass broken: one person decided alone')).toBeVisible();
  await lookAt(desk, 'glass that was broken');
  await reaches(owner, deploymentId, 'active');

  // Who asked doesn't review it, and the mark stands where the deployment does.
  await open(owner, `${app.url}/approvals/${approvalId}`);
  await expect(owner.getByText('Nobody has reviewed it yet.')).toBeVisible();
  await expect(owner.getByRole('button', { name: 'Finish the review' })).toHaveCount(0);
  await open(owner, `${app.url}/deployments/${deploymentId}`);
  await expect(owner.getByText('glass broken, not reviewed').first()).toBeVisible();
});

test('what one person decided alone is reviewed by a second, for ever', async ({ browser }) => {
  const { approvalId, deploymentId } = await ask('g');
  // Olga decides alone; the dialog shows once more what would run.
  const screen = approvalScreen(desk);
  await open(desk, `${app.url}/approvals/${approvalId}`);
  await screen.hashesMatch();
  const four = await screen.firstFour();
  const dialog = desk.getByRole('dialog');
  await desk.getByRole('button', { name: 'Break the glass…' }).click();
  const { digest } = await must<{ digest: string }>(owner, 'query', 'approvals.get', {
    approvalId,
  });
  await expect(dialog.getByText(digest)).toBeVisible();
  await dialog.getByLabel('Reason').fill('The shop stands still');
  await dialog.getByLabel('Type its first four characters to approve').fill(four);
  await dialog.getByRole('button', { name: 'Break the glass' }).click();
  await expect(desk.getByText('Nobody has reviewed it yet.')).toBeVisible();
  // Whoever decided doesn't review it.
  await expect(desk.getByRole('button', { name: 'Finish the review' })).toHaveCount(0);
  await reaches(owner, deploymentId, 'active');

  const rita = await person(browser, { viewport: { width: 390, height: 844 } });
  await joins(owner, rita, { name: 'Rita Reviewer', email: 'rita@example.com' });
  // It is among what needs her, and in the inbox.
  await open(rita, `${app.url}/approvals`);
  await expect(rita.getByRole('link', { name: 'Review it' })).not.toHaveCount(0);
  await open(rita, app.url);
  const needs = rita.getByRole('list', { name: 'What needs you' });
  await expect(
    needs.getByText(/^Olga Operator broke the glass for orders v/).first(),
  ).toBeVisible();
  await open(rita, `${app.url}/approvals/${approvalId}`);
  // In the notice, and as the comment of the decision.
  await expect(rita.getByText('“The shop stands still”').first()).toBeVisible();
  await lookAt(rita, 'the review of a decision that one person took alone');
  await rita.getByRole('radio', { name: /^Unjustified/ }).check();
  await rita.getByLabel('Comment').fill('The stock was full for another hour.');
  await rita.getByRole('button', { name: 'Finish the review' }).click();
  await expect(rita.getByText(/Rita Reviewer reviewed it .*: unjustified/)).toBeVisible();
  await expect(rita.getByRole('button', { name: 'Finish the review' })).toHaveCount(0);
  await lookAt(rita, 'glass that was broken and reviewed');

  // The asker's open page, the inbox and the deployment say it too.
  await open(owner, `${app.url}/deployments/${deploymentId}`);
  await expect(owner.getByText('glass broken, unjustified').first()).toBeVisible();
  await open(owner, `${app.url}/approvals`);
  const decided = owner.getByRole('region', { name: 'Decided' });
  await expect(decided.getByText('glass broken, unjustified').first()).toBeVisible();
  await rita.context().close();
});
