import { expect, it } from 'vitest';
import { joined, olderThan, type Report } from './reports';

const lines = (...ids: number[]) =>
  ids.map((id): Report => ({
    id: String(id),
    fact: 'running',
    value: 'yes',
    epoch: 1,
    code: null,
    message: null,
    at: '2026-11-29T10:00:00.000Z',
  }));
const idsOf = (shown: readonly Report[]) => shown.map(({ id }) => Number(id));

it('joins what was loaded with what came since, each once', () => {
  const loaded = lines(9, 8, 7, 6, 5, 4);
  const newest = { history: lines(11, 10, 9, 8), reports: 11 };
  const shown = joined(newest, loaded);
  expect(idsOf(shown)).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
  expect(olderThan(newest, shown)).toBe(3);
});

it('tells no story with a hole in it', () => {
  const newest = { history: lines(20, 19, 18), reports: 20 };
  expect(idsOf(joined(newest, lines(9, 8, 7)))).toEqual([20, 19, 18]);
  expect(idsOf(joined(newest, undefined))).toEqual([20, 19, 18]);
  expect(olderThan(newest, newest.history)).toBe(17);
});
