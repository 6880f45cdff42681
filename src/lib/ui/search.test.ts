import { describe, expect, test } from 'vitest';
import { fit, pieces, ranked } from './search';

const things = ['Mask JSON fields', 'Format the text', 'Manage members', 'a ma'];
const best = (search: string) => ranked(search, things, (name) => ({ names: [name] }));

describe('a search', () => {
  test('puts a whole name before a beginning, that before a word, that before a middle', () => {
    const names = ['format', 'the mat', 'mate', 'mat'];
    expect(ranked('mat', names, (name) => ({ names: [name] }))).toEqual([
      'mat',
      'mate',
      'the mat',
      'format',
    ]);
  });

  test('finds by the beginnings of words, and by what is said of a thing, last', () => {
    expect(fit('mjf', { names: ['Mask JSON fields'] })).toBeGreaterThan(0);
    expect(fit('hides personal', { names: ['Mask'], said: 'Hides personal data' })).toBe(1);
    expect(fit('zebra', { names: ['Mask'], said: 'Hides personal data' })).toBeNull();
  });

  test('puts a name that has all words before one that has some of them', () => {
    const known = [
      { names: ['Require JSON fields'], said: 'Drops the others' },
      { names: ['Drop JSON fields'], said: 'Takes fields out' },
    ];
    for (const search of ['drop fields', 'fields drop'])
      expect(ranked(search, known, (one) => one).map(({ names }) => names[0])).toEqual([
        'Drop JSON fields',
        'Require JSON fields',
      ]);
  });

  test('keeps the order of what fits alike, and everything when it is empty', () => {
    expect(best('ma')).toEqual(['Mask JSON fields', 'Manage members', 'a ma', 'Format the text']);
    expect(best(' ')).toEqual(things);
  });

  test('marks the letters that match, and loses none', () => {
    expect(pieces('Mask JSON fields', 'ma')).toEqual([
      { text: 'Ma', marked: true },
      { text: 'sk JSON fields', marked: false },
    ]);
    for (const search of ['', 'fields mask', 'x', 'json'])
      expect(
        pieces('Mask JSON fields', search)
          .map(({ text }) => text)
          .join(''),
      ).toBe('Mask JSON fields');
  });
});
