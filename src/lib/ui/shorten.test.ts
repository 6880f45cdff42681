import { expect, it } from 'vitest';
import { shorten } from './shorten';

it('shows of a digest two groups of four', () => {
  expect(shorten(`sha256:9f3c21ab${'0'.repeat(56)}`)).toBe('9f3c 21ab');
});

it('keeps of a long value its scheme, its beginning and its end, and a short one whole', () => {
  expect(shorten('key:abcdefghijklmnopqrstuvwxyz')).toBe('key:abcdefgh…wxyz');
  expect(shorten('sha256:9f3c')).toBe('sha256:9f3c');
  expect(shorten('short')).toBe('short');
});
