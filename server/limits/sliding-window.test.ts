import { expect, it } from 'vitest';
import { slidingWindow } from './sliding-window.ts';

it('lets the limit through, then refuses, then lets the past fade', () => {
  const ask = slidingWindow({ requests: 10, windowMillis: 1000 });
  const first = Array.from({ length: 12 }, () => ask('key', 10_000).allowed);
  expect(first.filter(Boolean)).toHaveLength(10);
  // Half of the next window: half of the last one's ten still count.
  const half = Array.from({ length: 12 }, () => ask('key', 11_500).allowed);
  expect(half.filter(Boolean)).toHaveLength(5);
  expect(ask('other', 11_500)).toMatchObject({ allowed: true, remaining: 9 });
  expect(ask('key', 13_000).allowed).toBe(true);
});

it('takes a batch whole or not at all', () => {
  const ask = slidingWindow({ requests: 10, windowMillis: 1000 });
  expect(ask('key', 0, 8)).toMatchObject({ allowed: true, remaining: 2 });
  expect(ask('key', 0, 3)).toMatchObject({ allowed: false, remaining: 2 });
  expect(ask('key', 0, 2)).toMatchObject({ allowed: true, remaining: 0 });
});
