import { describe, expect, it } from 'vitest';
import { caseWords, changedFacts } from './shown';

describe('what changed since it was read', () => {
  const read = [
    { name: 'Runs there now', value: 'v12' },
    { name: 'Agents', value: 'edge online' },
    { name: 'The comparison', value: 'sha256:1' },
  ];
  const withValue = (name: string, value: string) =>
    read.map((fact) => (fact.name === name ? { name, value } : fact));

  it('is nothing while every fact is as it was', () => {
    expect(changedFacts(read, [...read])).toEqual([]);
  });

  it('names each fact with before and after', () => {
    expect(changedFacts(read, withValue('Agents', 'edge offline'))).toEqual([
      { name: 'Agents', before: 'edge online', after: 'edge offline' },
    ]);
  });

  it('tells a fact that came and one that went', () => {
    const now = [...read.slice(1), { name: 'Reviews', value: 'Jonas: fine' }];
    expect(changedFacts(read, now)).toEqual([
      { name: 'Runs there now', before: 'v12', after: null },
      { name: 'Reviews', before: null, after: 'Jonas: fine' },
    ]);
  });

  it('is never silent about another comparison', () => {
    expect(changedFacts(read, withValue('The comparison', 'sha256:2'))).toHaveLength(1);
  });

  it('is nothing again once it is as it was read', () => {
    const away = withValue('Agents', 'edge offline');
    expect(changedFacts(read, away)).toHaveLength(1);
    expect(changedFacts(read, read)).toEqual([]);
  });
});

describe('cases in words', () => {
  const run = { at: '2026-11-29T00:00:00.000Z', passing: 3, failing: ['late'] };
  it.each([
    [{ of: 4, run, pageOnly: 0 }, '3 of 4 cases pass, run by the server'],
    [
      { of: 1, run: { ...run, passing: 1, failing: [] }, pageOnly: 0 },
      '1 of 1 case passes, run by the server',
    ],
    [{ of: 2, run: null, pageOnly: 0 }, '2 cases not run yet'],
    [{ of: 0, run: null, pageOnly: 2 }, 'no case but 2 that only the author’s page ran'],
    [{ of: 0, run: null, pageOnly: 0 }, 'no cases'],
  ])('%j', (cases, words) => {
    expect(caseWords(cases)).toBe(words);
  });
});
