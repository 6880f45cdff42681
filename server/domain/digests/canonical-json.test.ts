import { expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

it('sorts keys at every depth and writes no spaces', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x' })).toBe(
    '{"a":"x","b":[{"c":null,"d":1}]}',
  );
});

it('refuses numbers that two writers could write differently', () => {
  expect(() => canonicalJson({ a: 0.5 })).toThrow(RangeError);
  expect(() => canonicalJson({ a: 2 ** 53 })).toThrow(RangeError);
});
