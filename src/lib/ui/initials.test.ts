import { expect, it } from 'vitest';
import { initialsOf } from './initials';

it.each([
  ['Mira Kaya', 'MK'],
  ['Ana María Ruiz', 'AR'],
  ['jonas', 'JO'],
  ['edge-madrid-1', 'E1'],
  ['Ø', 'Ø'],
  ['  ', '?'],
  ['𝒳 y', '𝒳Y'],
])('%s is %s', (name, letters) => {
  expect(initialsOf(name)).toBe(letters);
});
