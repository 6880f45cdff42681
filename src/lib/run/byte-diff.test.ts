import { describe, expect, it } from 'vitest';
import { changedBetween, changedBytes } from './byte-diff';

const marked = (before: string, after: string) =>
  changedBetween(before, after).map((side) =>
    side.map(({ text, changed }) => (changed ? `[${text}]` : text)).join(''),
  );

describe('what a stage changed', () => {
  it('is marked value by value', () => {
    expect(
      marked(
        '{"mail":"ada@shop.example","n":1,"phone":"+44 20"}',
        '{"mail":"***","n":1,"phone":"***"}',
      ),
    ).toEqual([
      '{"mail":"[ada@shop.example]","n":1,"phone":"[+44 20]"}',
      '{"mail":"[***]","n":1,"phone":"[***]"}',
    ]);
  });

  it('is nothing where nothing changed, and all where nothing is left', () => {
    expect(marked('same', 'same')).toEqual(['same', 'same']);
    expect(marked('gone', '')).toEqual(['[gone]', '']);
    expect(marked('', 'new')).toEqual(['', '[new]']);
  });

  it('gives both records again, also where they are long', () => {
    const long = (word: string) => Array.from({ length: 900 }, (_, n) => `${word}${n}`).join(' ');
    const [before, after] = changedBetween(`a ${long('x')} z`, `a ${long('y')} z`);
    expect(before.map(({ text }) => text).join('')).toBe(`a ${long('x')} z`);
    expect(after.map(({ text }) => text).join('')).toBe(`a ${long('y')} z`);
    expect(before[0]).toEqual({ text: 'a ', changed: false });
    expect(changedBytes(after, (text) => text.length)).toBe(long('y').length);
  });
});
