import { describe, expect, test } from 'vitest';
import { CASE_BOUNDS, keptRefusal, readCases, readSamples } from './cases';
import { recordBytes, recordText } from './records';

const one = { name: 'One', input: { in: ['x'] }, expected: { out: [] } };

describe('what came from storage', () => {
  test('is kept where it is a case or a sample, and left out where it is not', () => {
    expect(readCases({ one, two: { ...one, input: { in: [1] } }, three: null, four: [] })).toEqual({
      one,
    });
    expect(readCases({ one: { ...one, name: 7, more: true } })).toEqual({
      one: { ...one, name: 'Unnamed' },
    });
    expect(readCases({ one: { ...one, recordBytes: 1_024 } })).toEqual({
      one: { ...one, recordBytes: 1_024 },
    });
    // The smallest class is said by saying nothing, and another isn't there.
    for (const recordBytes of [256, 300, '1024'])
      expect(readCases({ one: { ...one, recordBytes } })).toEqual({ one });
    expect(readSamples({ a: { name: 'A', records: ['x'] }, b: { records: 'x' } })).toEqual({
      a: { name: 'A', records: ['x'] },
    });
    for (const nothing of [undefined, null, 'x', [one]]) expect(readCases(nothing)).toEqual({});
  });

  test('reaches no prototype', () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"name":"A","records":[]}}');
    expect(Object.getPrototypeOf(readSamples(hostile))).toBe(Object.prototype);
  });
});

test('what the server would refuse is said before', () => {
  expect(keptRefusal({ one }, {})).toBeNull();
  const many = Array.from({ length: CASE_BOUNDS.cases + 1 }, (_, at) => [`c${at}`, one]);
  expect(keptRefusal(Object.fromEntries(many), {})).toMatch('at most 100 cases');
  const large = { name: 'Large', records: ['x'.repeat(CASE_BOUNDS.sampleText)] };
  expect(keptRefusal({}, { large })).toMatch('512 kB');
});

describe('a record as text', () => {
  test('every byte has one, and comes back', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const text = recordText(all);
    expect(text).toMatch(/^[ -~]*$/);
    expect(recordBytes(text)).toEqual(all);
  });

  test('may hold any character; a backslash has to begin an escape', () => {
    expect(recordBytes('zwölf\\x00\\n')).toEqual(
      Uint8Array.from([122, 119, 195, 182, 108, 102, 0, 10]),
    );
    for (const bad of ['\\', 'a\\q', '\\x0', '\\xg0']) expect(recordBytes(bad)).toBeNull();
  });
});
