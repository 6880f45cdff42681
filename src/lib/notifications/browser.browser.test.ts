import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BrowserNotices } from './browser.svelte';
import type { Notification as Told } from './words';

/** What the browser was asked to show, and its answer when it is asked. */
const shown: { title: string; options: NotificationOptions | undefined; click(): void }[] = [];
const asking = vi.fn<() => NotificationPermission>();

class TestNotification {
  static permission: NotificationPermission = 'default';
  static requestPermission() {
    TestNotification.permission = asking();
    return Promise.resolve(TestNotification.permission);
  }
  onclick: (() => void) | null = null;
  constructor(title: string, options?: NotificationOptions) {
    shown.push({ title, options, click: () => this.onclick?.() });
  }
  close(): void {
    // Nothing is on the screen.
  }
}

const told = (id: string, more: Partial<Told> = {}): Told => ({
  id,
  kind: 'mention',
  subject: 'orders v14',
  actor: { id: 'u2', name: 'Jonas Weber' },
  environment: { id: 'e1', name: 'production' },
  projectId: 'p1',
  orgId: 'o1',
  versionId: 'v14',
  baseVersionId: 'v12',
  threadId: 't1',
  approvalId: null,
  deploymentId: null,
  at: '2026-11-28T12:00:00.000Z',
  readAt: null,
  ...more,
});
const open = vi.fn();

beforeEach(() => {
  localStorage.clear();
  shown.length = 0;
  TestNotification.permission = 'default';
  asking.mockReset().mockReturnValue('granted');
  open.mockReset();
  vi.stubGlobal('Notification', TestNotification);
  vi.spyOn(document, 'hasFocus').mockReturnValue(false);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function turnedOn(user = 'u1') {
  const notices = new BrowserNotices(user);
  await notices.turnOn();
  notices.tell([told('1')], open);
  return notices;
}

it('the browser is asked by a click only, and tells nothing before', () => {
  const notices = new BrowserNotices('u1');
  notices.tell([], open);
  notices.tell([told('1')], open);
  expect(notices.state).toBe('off');
  expect(asking).not.toHaveBeenCalled();
  expect(shown).toEqual([]);
});

it('what comes is told once, by its title alone, and leads to its page', async () => {
  const notices = await turnedOn();
  expect(shown).toEqual([]);
  const list = [told('3', { readAt: 'now' }), told('2'), told('1')];
  notices.tell(list, open);
  notices.tell(list, open);
  expect(shown.map(({ title, options }) => [title, options])).toEqual([
    ['Jonas Weber mentioned you in orders v14', { tag: '2' }],
  ]);
  shown[0]?.click();
  expect(open).toHaveBeenCalledWith('/compare?from=v12&to=v14#thread-t1');
});

it('nothing is told to whoever looks at the page', async () => {
  const notices = await turnedOn();
  vi.mocked(document.hasFocus).mockReturnValue(true);
  notices.tell([told('2'), told('1')], open);
  vi.mocked(document.hasFocus).mockReturnValue(false);
  notices.tell([told('2'), told('1')], open);
  expect(shown).toEqual([]);
});

it('another tab doesn’t tell the same again', async () => {
  const one = await turnedOn();
  const other = new BrowserNotices('u1');
  other.tell([told('1')], open);
  one.tell([told('2'), told('1')], open);
  other.tell([told('2'), told('1')], open);
  expect(shown).toHaveLength(1);
});

it('the choice is remembered for the person, and no other', async () => {
  const notices = await turnedOn('u1');
  expect(new BrowserNotices('u1').state).toBe('on');
  expect(new BrowserNotices('u2').state).toBe('off');
  notices.turnOff();
  expect(new BrowserNotices('u1').state).toBe('off');
});

it('a browser that refuses, or can’t, says so', async () => {
  asking.mockReturnValue('denied');
  const notices = new BrowserNotices('u1');
  await notices.turnOn();
  expect(notices.state).toBe('refused');
  vi.stubGlobal('Notification', undefined);
  expect(new BrowserNotices('u1').state).toBe('unsupported');
});
