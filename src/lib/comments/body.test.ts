import { describe, expect, it } from 'vitest';
import { anchorWords, mentionable, piecesOf, typedMention } from './body';

const mentions = (body: string, ...names: string[]) =>
  piecesOf(
    body,
    names.map((name) => ({ name })),
  )
    .filter((piece) => piece.mention)
    .map((piece) => piece.text);

describe('a comment’s text', () => {
  it('stays as it was written, whatever is in it', () => {
    const body = '<img src=x onerror=alert(1)> @Ann & **b**\n $1 \\';
    const pieces = piecesOf(body, [{ name: 'Ann' }, { name: 'A+(b' }]);
    expect(pieces.map(({ text }) => text).join('')).toBe(body);
  });

  it('marks whom it reached, by the longest name, and nobody else', () => {
    expect(mentions('@Ann Lee, @ann and @Anna, @Olive', 'Ann', 'Ann Lee')).toEqual([
      '@Ann Lee',
      '@ann',
    ]);
    expect(mentions('@Ann')).toEqual([]);
    expect(mentions('x@Ann', 'Ann')).toEqual([]);
    expect(mentions('@A+(b', 'A+(b')).toEqual(['@A+(b']);
  });

  it('turns no text around it', () => {
    expect(piecesOf('a\u202Eb\u2066', [])).toEqual([{ text: 'a\uFFFDb\uFFFD', mention: false }]);
  });
});

describe('a name that is typed', () => {
  it('begins at the @ before the caret', () => {
    expect(typedMention('Hello @An', 9)).toEqual({ at: 6, typed: 'An' });
    expect(typedMention('Hello @An and', 9)).toEqual({ at: 6, typed: 'An' });
    expect(typedMention('mail a@b', 8)).toBeNull();
    expect(typedMention('@Ann\nwell', 9)).toBeNull();
  });

  it('finds people by any word of their name, and not once it is whole', () => {
    const people = ['Ana Ruiz', 'Jonas Weber', 'Rui'].map((name) => ({ name }));
    const found = (typed: string) => mentionable(typed, people).map(({ name }) => name);
    expect(found('ru')).toEqual(['Ana Ruiz', 'Rui']);
    expect(found('jonas w')).toEqual(['Jonas Weber']);
    expect(found('Jonas Weber')).toEqual([]);
    expect(found('Jonas Weber and')).toEqual([]);
  });
});

it('a place is told by its element’s id, else by its line', () => {
  expect(anchorWords({ anchor: 'stage:mask', line: null })).toBe('mask');
  expect(anchorWords({ anchor: 'connection:a->b', line: null })).toBe('a → b');
  expect(anchorWords({ anchor: 'stage:mask', line: 4 })).toBe('mask');
  expect(anchorWords({ anchor: 'plan', line: 4 })).toBe('line 4');
  expect(anchorWords({ anchor: 'plan', line: null })).toBe('the plan');
});
