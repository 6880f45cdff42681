import { describe, expect, it } from 'vitest';
import { byRisk, countWords, type Change } from './change-classes';

const change = (kind: Change['class'], id: string): Change => ({
  class: kind,
  subject: 'stage',
  anchor: `stage:${id}`,
  digest: '',
  id,
  before_id: null,
  before_line: null,
  after_line: null,
  severity: 'info',
  fields: [],
  consequences: [],
});

describe('changes in the order of what costs most to overlook', () => {
  it('begin with what is gone and end with mere names', () => {
    const sorted = byRisk([
      change('renamed', 'a'),
      change('added', 'b'),
      change('removed', 'c'),
      change('changed', 'd'),
    ]);
    expect(sorted.map(({ id }) => id)).toEqual(['c', 'd', 'b', 'a']);
  });

  it('keep the compiler’s order within a class, and every change', () => {
    const sorted = byRisk([change('changed', 'x'), change('changed', 'a')]);
    expect(sorted.map(({ id }) => id)).toEqual(['x', 'a']);
  });
});

describe('changes that no record notices', () => {
  it('stand behind all others', () => {
    const unused: Change = {
      ...change('changed', 'note'),
      consequences: [
        {
          code: 'for_people',
          kind: 'unused',
          severity: 'info',
          text: 'It is for people.',
          parts: [{ text: 'It is for people.', value: false }],
        },
      ],
    };
    const sorted = byRisk([unused, change('added', 'new')]);
    expect(sorted.map(({ id }) => id)).toEqual(['new', 'note']);
  });
});

describe('counts in words', () => {
  it('name only the classes that occur', () => {
    expect(countWords({ added: 0, removed: 1, changed: 2, renamed: 0, rewired: 0 })).toBe(
      '1 removed, 2 changed',
    );
  });
});
