import { describe, expect, it } from 'vitest';
import { groupsOf, judgeTyped, typedCharacters } from './typed-digest';

const digest = `sha256:9f3c21ab${'0'.repeat(56)}`;

describe('the first characters of a digest', () => {
  it('are read in two groups of four', () => {
    expect(groupsOf(digest)).toEqual(['9f3c', '21ab']);
  });

  it.each([
    ['', 'empty'],
    ['9', 'partly'],
    ['9f3', 'partly'],
    ['9f3c', 'right'],
    ['9F3C', 'right'],
    [' 9f 3c', 'right'],
    ['9f3c 21ab', 'right'],
    [digest, 'right'],
    ['8', 'wrong'],
    ['9f3d', 'wrong'],
    ['21ab', 'wrong'],
  ])('typed as %j are %s', (text, judged) => {
    expect(judgeTyped(text, digest)).toBe(judged);
  });

  it('are all that stays of a digest that is pasted whole', () => {
    expect(typedCharacters(digest)).toBe('9f3c');
  });
});
