import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { restWhileHidden } from './hidden-tabs';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** One lock for all, in the order in which it was asked for, as a browser's. */
function oneLock() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    request: (_: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void>) => {
      const before = last;
      const mine = (async () => {
        await before;
        if (signal.aborted) throw new DOMException('let go of', 'AbortError');
        await hold();
      })();
      last = mine.catch(() => undefined);
      return mine;
    },
  } as unknown as LockManager;
}

class Tab {
  visibilityState: DocumentVisibilityState = 'visible';
  hears = true;
  changes = 0;
  readonly #heard = new Set<() => void>();
  readonly close: () => void;

  constructor(locks?: LockManager) {
    const set = (hears: boolean) => {
      if (this.hears !== hears) this.changes += 1;
      this.hears = hears;
    };
    this.close = restWhileHidden(
      { rest: () => set(false), wake: () => set(true) },
      this,
      // Nothing given would be the browser's own.
      locks ?? (null as unknown as undefined),
    );
  }

  addEventListener(_: string, heard: () => void): void {
    this.#heard.add(heard);
  }

  removeEventListener(_: string, heard: () => void): void {
    this.#heard.delete(heard);
  }

  show(seen: boolean): void {
    this.visibilityState = seen ? 'visible' : 'hidden';
    for (const heard of this.#heard) heard();
  }
}

const hearing = (tabs: readonly Tab[]) => tabs.map(({ hears }) => hears);

it('of tabs that nobody sees one hears, and another when that one goes', async () => {
  const locks = oneLock();
  const tabs = Array.from({ length: 8 }, () => new Tab(locks));
  for (const tab of tabs.slice(1)) tab.show(false);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(hearing(tabs)).toEqual(Array.from({ length: 8 }, () => true));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(hearing(tabs)).toEqual([true, true, ...Array.from({ length: 6 }, () => false)]);
  // The one with the lock never stopped hearing.
  expect(tabs[1]?.changes).toBe(0);
  tabs[1]?.close();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(tabs.slice(2).filter(({ hears }) => hears)).toHaveLength(1);
});

it('a tab hears as soon as it is seen, and rests again later', async () => {
  const locks = oneLock();
  const [first, second] = [new Tab(locks), new Tab(locks)];
  first.show(false);
  second.show(false);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(hearing([first, second])).toEqual([true, false]);
  second.show(true);
  expect(hearing([first, second])).toEqual([true, true]);
  second.show(false);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(hearing([first, second])).toEqual([true, false]);
  // The lock goes on when the first is seen, which hears anyway.
  first.show(true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(hearing([first, second])).toEqual([true, true]);
});

it('without locks none that is hidden hears', async () => {
  const tab = new Tab();
  tab.show(false);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(tab.hears).toBe(false);
  tab.show(true);
  expect(tab.hears).toBe(true);
  tab.close();
  tab.show(false);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(tab.hears).toBe(true);
});
