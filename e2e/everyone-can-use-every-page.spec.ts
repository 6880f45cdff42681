import { hostname } from 'node:os';
import { expect, test, type Page, type Route } from 'playwright/test';
import { acceptInvitation, approvalScreen, members, open, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { forAnybody, makeEverything, rulesPage, type Everything } from './support/everything.ts';
import { look as lookAtEach } from './support/looks.ts';

closesWhatItOpened();

const widths = [390, 768, 1280, 1920];

let app: App;
let page: Page;
let everything: Everything;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  app = await startApp();
  page = await (await browser.newContext()).newPage();
  await signIn(page, app.signInLink);
  everything = await makeEverything(page, app);
});
test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

const look = (on: Page, what: string, at: readonly number[] = widths) => lookAtEach(on, what, at);

/** What assistive technology is told of the page, without what differs from run to run. */
async function structureOf(on: Page): Promise<string> {
  const whole = await on.getByRole('main').ariaSnapshot();
  // Two of the records may have come at once: of the audit its columns, of the overview what is above.
  const { pathname } = new URL(on.url());
  const told =
    pathname === '/audit'
      ? whole.split('- rowgroup:', 2).join('')
      : pathname === '/'
        ? (whole.split('- region "Recent":', 1)[0] ?? '').trimEnd()
        : whole;
  return (
    told
      .replaceAll(app.filesDir, 'FILES')
      .replaceAll(`local-production ${hostname()}`, 'local-production HOST')
      .replaceAll(/\w+ \d+, \d{4}, [\d:]+\s[AP]M \([\d: -]+ UTC\)/g, 'INSTANT')
      .replaceAll(/just now|\d+ (sec|min|hr) ago/g, 'AGE')
      .replaceAll(/\b[0-9a-f]{4} [0-9a-f]{4}\b/g, 'DIGEST')
      .replaceAll(/\b[0-9a-f]{64}\b/g, 'DIGEST')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
      .replaceAll(`definition: ${hostname()}`, 'definition: HOST')
      // What an agent passes on its way may fall between two heartbeats.
      .replaceAll(
        / *- listitem:\n *- time: AGE\n *- paragraph: \S+ (?:fetches|verifies|starts)[^\n]*\n/g,
        '',
      )
      // A rate is known once two readings came, and has a course once records did.
      .replaceAll(/Records a second [^"\n]*?last hour ?/g, '')
      .replaceAll(/\b(Records|Rejected) (?:–|<?[\d.]+(?:[kM]?\/s)?)/g, '$1 RATE')
      .replaceAll(/(cell "Records RATE"):\n(?: *- (?:img|text)[^\n]*\n)+/g, '$1\n')
      .replaceAll(/(?<=\/url: ).*/g, 'PATH')
      .replaceAll(/\d+ h \d+ min/g, 'SPAN')
      .replaceAll(/(\[level=\d\])|\d+/g, (_, level?: string) => level ?? '#')
  );
}

/** The same, once everything has come that the page asks for and computes. */
async function settledStructureOf(on: Page): Promise<string> {
  let told = '';
  let same = 0;
  await expect
    .poll(
      async () => {
        const now = await structureOf(on);
        same =
          now === told && !/checking here|Comparing|Computing|Loading/.test(now) ? same + 1 : 0;
        told = now;
        return same;
      },
      { intervals: [400], timeout: 30_000 },
    )
    .toBeGreaterThanOrEqual(3);
  return told;
}

async function show(path: string, on = page): Promise<void> {
  await on.setViewportSize({ width: 1280, height: 900 });
  await open(on, app.url + path);
  await expect(on.getByRole('heading', { level: 1 }).first()).toBeVisible();
  await expect(on.locator('[aria-busy="true"]')).toHaveCount(0);
}

test('every page, as an owner sees it', async () => {
  test.setTimeout(900_000);
  const messages: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy/.test(message.text())) {
      messages.push(message.text());
    }
  });
  for (const [what, path] of Object.entries(everything.pages)) {
    await test.step(what, async () => {
      await show(path);
      if (what === 'draft') {
        await expect(page.getByRole('button', { name: 'Create version' })).toBeVisible();
      } else {
        expect.soft(`${await settledStructureOf(page)}\n`).toMatchSnapshot(`${what}.yml`);
      }
      await look(page, what);
    });
  }
  expect(messages).toEqual([]);
});

test('what opens over a page', async () => {
  test.setTimeout(900_000);
  const { production, development, empty, pages } = everything;
  const button = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const states: [what: string, path: string, opens: () => Promise<void>, at?: number[]][] = [
    ['find or do', '/', () => button(/^Find or do/)],
    ['the person’s menu', '/', () => button(/^Signed in as/), [1280]],
    [
      'the navigation of a phone',
      '/',
      async () => {
        await page.setViewportSize({ width: 390, height: 900 });
        await button('Navigation');
      },
      [390],
    ],
    ['a new project', '/', () => button('New project…')],
    ['a new draft', `/environments/${development}`, () => button('New draft…')],
    ['an environment’s settings', `/environments/${production}`, () => button('Settings…')],
    ['nothing there: drafts', `/environments/${empty}`, () => Promise.resolve()],
    ['nothing there: versions', `/environments/${empty}?tab=versions`, () => Promise.resolve()],
    ['nothing there: agents', `/environments/${empty}?tab=agents`, () => Promise.resolve()],
    ['promoting', pages['version']!, () => button('Promote…')],
    ['stopping', pages['running deployment']!, () => button('Stop…')],
    ['renaming an agent', pages['agent']!, () => button('Rename…')],
    ['decommissioning', pages['agent']!, () => button('Decommission…')],
    ['inviting', '/settings/members', () => button('Invite…')],
    ['no such environment', '/environments/nowhere', () => Promise.resolve()],
    ['no such page', '/nowhere', () => Promise.resolve()],
  ];
  for (const [what, path, opens, at] of states) {
    await test.step(what, async () => {
      await show(path);
      await opens();
      await look(page, what, at);
    });
  }
});

test('while it loads, when it fails, and without the server', async () => {
  test.setTimeout(900_000);
  const calls = /\/trpc\/(?!session\.get\?|live\.)/;
  const paths = ['/', `/environments/${everything.production}`, '/audit', '/approvals'];

  const held: Route[] = [];
  await page.route(calls, (route) => void held.push(route));
  for (const path of paths) {
    await page.goto(app.url + path);
    await expect(page.getByRole('status', { name: /^Loading/ }).first()).toBeVisible();
    await look(page, `${path} while it loads`, [390, 1280]);
  }
  await page.unroute(calls);
  await Promise.all(held.map((route) => route.abort().catch(() => undefined)));

  const failed = {
    message: 'Something went wrong on the server.',
    code: -32603,
    data: {
      code: 'INTERNAL_SERVER_ERROR',
      httpStatus: 500,
      byteor: { code: 'internal_error', message: 'Something went wrong on the server.' },
    },
  };
  await page.route(calls, (route) => {
    const asked = new URL(route.request().url()).pathname.split(',').length;
    return route.fulfill({
      status: 500,
      json: Array.from({ length: asked }, () => ({ error: failed })),
    });
  });
  for (const path of paths) {
    await page.goto(app.url + path);
    await expect(page.getByText('internal_error').first()).toBeVisible();
    await look(page, `${path} when it fails`, [390, 1280]);
  }
  await page.unroute(calls);

  await show('/audit');
  await page.context().setOffline(true);
  await expect(page.getByText('The server can’t be reached').first()).toBeVisible();
  await look(page, 'the audit without the server', [390, 1280]);
  await page.context().setOffline(false);
});

test('the pages of somebody who is let in, and a decision that nobody can tell two people made', async ({
  browser,
}) => {
  test.setTimeout(900_000);
  const stranger = await (await browser.newContext()).newPage();
  for (const path of forAnybody) {
    await show(path, stranger);
    await look(stranger, `${path}, nobody signed in`);
  }
  // A long text: it is the same at every width but for its room.
  await show(rulesPage, stranger);
  await look(stranger, 'the rules', [390, 1920]);

  await show('/settings/members');
  const link = await members(page).invite({
    name: 'Olga Operator',
    email: 'olga@example.com',
    role: 'operator',
  });
  await show(link.slice(app.url.length), stranger);
  await expect(stranger.getByLabel('Your name')).toBeVisible();
  await look(stranger, 'an invitation');
  await acceptInvitation(stranger, link);

  // The owner saw the link that opened Olga's session: the two may be one.
  const approval = `/approvals/${everything.approvalId}`;
  await show(approval, stranger);
  await expect(stranger.getByText('Second person not proven')).toBeVisible();
  await look(stranger, 'a decision by somebody who isn’t proven');
  await stranger.setViewportSize({ width: 1280, height: 900 });
  await approvalScreen(stranger).decide('approve');
  await expect(stranger.getByText('It stays marked.')).toBeVisible();
  await look(stranger, 'a decision that was made by somebody who isn’t proven');
});
