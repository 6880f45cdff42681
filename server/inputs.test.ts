import { describe, expect, it } from 'vitest';
import { integer, json, layout, name, text } from './inputs.ts';

const accepts = (
  schema: { safeParse(value: unknown): { success: boolean } },
  value: unknown,
): boolean => schema.safeParse(value).success;

describe('text', () => {
  it.each([
    ['a zero byte', 'a\0b'],
    ['half of a surrogate pair', 'a\ud800b'],
    ['the other half', '\udc00'],
    ['more than it may be', 'abcdefghijk'],
  ])('refuses %s', (_what, value) => expect(accepts(text(10), value)).toBe(false));

  it('takes whole characters beyond the basic plane', () =>
    expect(accepts(text(10), 'a😀b')).toBe(true));
});

describe('JSON', () => {
  it.each([
    ['a zero byte in a text', { a: ['x\0'] }],
    ['half of a character in a name', { '\ud800': 1 }],
    ['half of a character after backslashes', { a: '\\\\\ud800' }],
    ['too much', { a: 'x'.repeat(200) }],
  ])('refuses %s', (_what, value) => {
    expect(accepts(json(100), value)).toBe(false);
  });

  it('takes a note that speaks of an escape', () => {
    expect(accepts(layout, { note: { text: 'never write \\u0000 or \\ud800' } })).toBe(true);
  });
});

describe('a whole number', () => {
  it.each([0.5, NaN, Infinity, -1, 2 ** 31, 2 ** 53, '1'])('refuses %s', (value) =>
    expect(accepts(integer(0), value)).toBe(false),
  );
});

describe('a name', () => {
  it.each([
    ['nothing but blanks', '  '],
    ['a character that reorders text', 'invoice\u202efdp.exe'],
    ['a blank without width', 'ad\u200bmin'],
    ['a filler that shows nothing', '\u3164'],
    ['a line break', 'a\nb'],
  ])('refuses %s', (_what, value) => expect(accepts(name(), value)).toBe(false));

  it('is trimmed', () => expect(name().parse(' Zoë ')).toBe('Zoë'));
});
