import { describe, expect, test } from 'vitest';
import { emptyContent } from '$lib/document/content';
import type { Checkpoint } from './kept';
import { thinned } from './thinning';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const at = (time: number, name?: string, text = ''): Checkpoint => ({
  key: 'ada/d1',
  content: { ...emptyContent, text },
  baseRevision: 1,
  reason: 'Typing',
  ...(name === undefined ? {} : { name }),
  at: time,
});

function kept(checkpoints: Checkpoint[], now: number): Checkpoint[] {
  const gone = new Set(thinned(checkpoints, now));
  return checkpoints.filter((checkpoint) => !gone.has(checkpoint));
}

describe('checkpoints', () => {
  test('all of the last minute stay, and one a minute of the last hour', () => {
    const all = Array.from({ length: 360 }, (_, index) => at(index * 10_000));
    const now = 360 * 10_000;
    const left = kept(all, now);
    expect(left.filter((checkpoint) => now - checkpoint.at < MINUTE)).toHaveLength(5);
    expect(left.length).toBeGreaterThanOrEqual(60);
    expect(left.length).toBeLessThanOrEqual(66);
  });

  test('of a month of work in which each was thinned as it came, a few for each day stay, and its ends', () => {
    let all: Checkpoint[] = [];
    for (let day = 0; day < 30; day += 1) {
      for (let step = 0; step < 200; step += 1)
        all = kept([...all, at(day * DAY + step * 2 * MINUTE)], day * DAY + step * 2 * MINUTE);
    }
    const days = new Set(all.map((checkpoint) => Math.floor(checkpoint.at / DAY)));
    expect(days.size).toBe(30);
    expect(all.length).toBeLessThanOrEqual(150);
    // A day that is long past is left as its last state.
    expect(all[0]?.at).toBe(199 * 2 * MINUTE);
    expect(all.at(-1)?.at).toBe(29 * DAY + 199 * 2 * MINUTE);
  });

  test('a name keeps a state among others of its time', () => {
    const all = [at(1, 'First'), at(2), at(3), at(4)];
    expect(kept([...all, at(10 * HOUR)], 10 * HOUR).map((checkpoint) => checkpoint.at)).toEqual([
      1,
      4,
      10 * HOUR,
    ]);
  });

  test('all texts together have a size, names or not, and the newest stays whatever its own', () => {
    const large = 'x'.repeat(9_000_000);
    const all = [at(0, 'First', large), at(DAY, undefined, large), at(2 * DAY, undefined, large)];
    expect(kept(all, 2 * DAY).map((checkpoint) => checkpoint.at)).toEqual([DAY, 2 * DAY]);
    const huge = at(3 * DAY, undefined, large + large + large);
    expect(kept([huge], 3 * DAY)).toEqual([huge]);
  });
});
