import { expect, test } from 'vitest';
import type { KnownCase } from './case-book.svelte';
import type { Gone, Outcome } from './judge';
import { caseSummary, caseWords, failingWords, failuresByElement } from './summary';

const fails = (egress: string, gone: Gone | null, also: Gone[] = []): Outcome => ({
  kind: 'fails',
  difference: {
    egress,
    record: 1,
    kind: 'missing',
    offset: 0,
    counts: { expected: 1, got: 0 },
    expected: 'x',
    got: null,
    gone,
    also,
  },
});
const passes: Outcome = { kind: 'passes' };

function book(outcomes: (Outcome | null)[], current = true, running = false) {
  const all = outcomes.map((outcome, at): KnownCase => ({
    id: `c${at}`,
    case: { name: 'One', input: {}, expected: {} },
    shared: true,
    outcome,
    current,
  }));
  const failing = all.filter(({ outcome }) => outcome !== null && outcome.kind !== 'passes');
  return { all, failing, running };
}

test('the words count, and say of which plan they are', () => {
  expect(caseWords(book([]))).toBe('');
  expect(caseWords(book([passes]))).toBe('1 passes');
  expect(caseWords(book([passes, passes]))).toBe('2 pass');
  expect(caseWords(book([passes, fails('out', null)]))).toBe('1 of 2 fails');
  expect(caseSummary(book([passes], false))).toBe('1 passes, before the last change');
  expect(caseSummary(book([null], false))).toBe('They run once the plan has no errors');
  expect(caseSummary(book([null], false, true))).toBe('Running…');
  expect(failingWords(book([passes]))).toBeNull();
  expect(failingWords(book([fails('out', null), fails('out', null)]))).toBe('2 cases fail');
});

test('a failure stands at what ended the record, or at the egress', () => {
  const gone: Gone = { record: 1, node: 'hash', what: 'rejected', step: 4 };
  const { failing } = book([
    fails('archive', gone),
    fails('archive', null),
    fails('archive', { ...gone, node: 'merge.archive' }),
    fails('archive', { ...gone, node: 'quiet' }, [gone]),
    { kind: 'stopped', code: 'x', message: 'x' },
  ]);
  expect([...failuresByElement(failing)]).toEqual([
    ['hash', ['c0', 'c3']],
    ['archive', ['c1', 'c2']],
    ['quiet', ['c3']],
  ]);
});
