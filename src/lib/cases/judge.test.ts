import { describe, expect, test } from 'vitest';
import { differenceText, endsOf, judge, type CaseResult, type Gone } from './judge';

const result = (
  outputs: Record<string, string[]>,
  gone: Gone[] = [],
  origins: Record<string, number[]> = {},
): CaseResult => ({ outputs, origins, gone });
const everywhere = (_node: string) => true;

function difference(expected: Record<string, string[]>, given: CaseResult, reaches = everywhere) {
  const outcome = judge(expected, given, reaches);
  return outcome.kind === 'fails' ? outcome.difference : null;
}

describe('a case', () => {
  test('passes when every egress that it names gives just its records', () => {
    const given = result({ out: ['a', 'b'], other: ['c'] });
    expect(judge({ out: ['a', 'b'] }, given, everywhere)).toEqual({ kind: 'passes' });
    expect(judge({}, given, everywhere)).toEqual({ kind: 'passes' });
    expect(judge({ out: ['a', '\\x62'] }, given, everywhere)).toEqual({ kind: 'passes' });
  });

  test('says the first byte that differs, counted in bytes', () => {
    const found = difference({ out: ['a', 'für x'] }, result({ out: ['a', 'f\\xc3\\xbcr y'] }));
    expect(found).toMatchObject({ egress: 'out', record: 2, kind: 'differs', offset: 5 });
  });

  test('a record that is too short differs behind its end', () => {
    expect(difference({ out: ['abc'] }, result({ out: ['ab'] }))).toMatchObject({ offset: 2 });
    expect(difference({ out: [''] }, result({ out: ['a'] }))).toMatchObject({ offset: 0 });
  });

  test('a missing record is not taken for a change of all behind it', () => {
    expect(difference({ out: ['a', 'b', 'c'] }, result({ out: ['a', 'c'] }))).toMatchObject({
      kind: 'missing',
      record: 2,
      expected: 'b',
      got: null,
    });
    expect(difference({ out: ['a', 'c'] }, result({ out: ['a', 'b', 'c'] }))).toMatchObject({
      kind: 'extra',
      record: 2,
      expected: null,
      got: 'b',
    });
  });

  test('an egress that the case wants empty may give nothing', () => {
    const found = difference({ out: [] }, result({ out: ['a'] }));
    expect(found && differenceText(found)).toBe('Expected no record at out, got 1.');
  });

  test('tells where the missing record went: a reject before a drop, and only what could arrive', () => {
    const gone: Gone[] = [
      { record: 2, node: 'quiet', what: 'dropped', step: 9 },
      { record: 3, node: 'hash', what: 'rejected', step: 12 },
      { record: 3, node: 'notify', what: 'rejected', step: 14 },
    ];
    const reaches = (node: string) => node !== 'notify';
    const given = result({ archive: [] }, gone);
    const found = difference({ archive: ['x'] }, given, reaches);
    expect(found?.gone).toEqual(gone[1]);
    expect(found && differenceText(found)).toBe(
      'Expected 1 record at archive, got none: hash rejected #3.',
    );
    const only = difference({ archive: ['x'] }, given, (node) => node === 'quiet');
    expect(only?.gone).toEqual(gone[0]);
  });

  test('a record that was copied is told of on each way that it was lost on', () => {
    const gone: Gone[] = [
      { record: 1, node: 'failed', what: 'dropped', step: 7 },
      { record: 1, node: 'paid', what: 'dropped', step: 8 },
      { record: 1, node: 'hash', what: 'dropped', step: 11 },
      { record: 2, node: 'hash', what: 'dropped', step: 12 },
    ];
    const found = difference({ archive: ['x'] }, result({}, gone), (node) => node !== 'paid');
    expect(found && endsOf(found)).toEqual([gone[0], gone[2]]);
    expect(found && differenceText(found)).toBe(
      'Expected 1 record at archive, got none: failed and hash dropped #1.',
    );
  });

  test('a record that arrived by another way is the missing one only where no other is', () => {
    const gone: Gone[] = [
      { record: 1, node: 'left', what: 'rejected', step: 3 },
      { record: 2, node: 'left', what: 'dropped', step: 4 },
      { record: 2, node: 'right', what: 'dropped', step: 5 },
    ];
    const origins = { out: [1] };
    const of = (some: Gone[]) =>
      difference({ out: ['a', 'b'] }, result({ out: ['a'] }, some, origins));
    expect(of(gone)?.gone).toEqual(gone[1]);
    // A copy of it was lost.
    expect(of(gone.slice(0, 1))?.gone).toEqual(gone[0]);
    expect(of([])?.gone).toBeNull();
  });

  test('the sentence says numbers where they differ, and places where they don’t', () => {
    const text = (expected: string[], got: string[]) => {
      const found = difference({ out: expected }, result({ out: got }));
      return found && differenceText(found);
    };
    expect(text(['a', 'b'], ['b', 'c'])).toBe('Record 1 is missing at out.');
    expect(text(['b', 'c'], ['a', 'b'])).toBe('Record 1 at out is one too many.');
    expect(text(['a'], ['ax'])).toBe('Record 1 at out differs from byte 1 on.');
    expect(text(['a'], ['a', 'a', 'a'])).toBe('Expected 1 record at out, got 3.');
  });
});
