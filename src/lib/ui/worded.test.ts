import { expect, test } from 'vitest';
import { plain, wordedParts } from './worded';

test('what stands between backticks is code', () => {
  expect(wordedParts('`a` reads `b`')).toEqual([
    { text: 'a', code: true },
    { text: ' reads ', code: false },
    { text: 'b', code: true },
  ]);
  expect(wordedParts('')).toEqual([]);
  expect(plain('`a` reads `b`')).toBe('a reads b');
});

test('a backtick that is alone stays', () => {
  expect(wordedParts('it’s 5` long')).toEqual([{ text: 'it’s 5` long', code: false }]);
  expect(wordedParts('`a` and ` b')).toEqual([
    { text: 'a', code: true },
    { text: ' and ` b', code: false },
  ]);
});
