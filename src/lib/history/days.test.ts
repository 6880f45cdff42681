import { expect, test } from 'vitest';
import { emptyContent } from '$lib/document/content';
import type { Checkpoint } from '$lib/drafts';
import { byDay } from './days';

const at = (date: Date): Checkpoint => ({
  key: 'ada/d1',
  content: emptyContent,
  baseRevision: 1,
  reason: 'Typing',
  at: date.getTime(),
});

test('states stand under their days, as the calendar has them, the newest first', () => {
  const now = new Date(2026, 10, 29, 0, 30);
  const found = byDay(
    [
      at(new Date(2026, 10, 29, 0, 10)),
      at(new Date(2026, 10, 28, 23, 50)),
      at(new Date(2026, 10, 28, 8)),
      at(new Date(2026, 10, 2, 8)),
      at(new Date(2025, 10, 28, 8)),
    ],
    now,
  );
  expect(found.map(({ title, checkpoints }) => [title, checkpoints.length])).toEqual([
    ['Today', 1],
    ['Yesterday', 2],
    ['Monday, November 2', 1],
    ['Friday, November 28 2025', 1],
  ]);
});
