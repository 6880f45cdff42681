import { describe, expect, it } from 'vitest';
import { cases, instant, integer, json, layout, name, quoted, samples, text } from './inputs.ts';

const takes = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('a name that people read', () => {
  it.each([
    ['plain', 'Orders, night shift'],
    ['accents in parts', 'Cafe\u0301'],
    ['a family, joined of four pictures', '👨‍👩‍👧‍👦'],
    ['a skin and a profession', '👩🏽‍🚀 launch'],
    ['a heart with its look', '❤️'],
    ['a key', '#️⃣ tag'],
    ['Persian with a half space', 'می‌خواهم'],
    ['Hindi with a joiner behind the virama', 'क्‍ष'],
    ['Bengali with a non-joiner behind the virama', 'ক্‌ষ'],
    ['Hebrew, written from the right', 'שלום'],
    ['Chinese', '订单'],
  ])('may be %s', (_, value) => {
    expect(takes(name(), value)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['a zero byte', 'a\0'],
    ['a line break', 'a\nb'],
    ['half of a character', 'a\ud800'],
    ['an override of direction', 'invoice\u202Efdp.exe'],
    ['an isolate of direction', 'a\u2066b'],
    ['a mark of direction', 'a\u200Fb'],
    ['a space without width', 'or\u200Bders'],
    ['a joiner between Latin letters', 'or\u200Dders'],
    ['a non-joiner between Latin letters', 'or\u200Cders'],
    ['a joiner behind a picture that joins nothing', '👩\u200D'],
    ['a soft hyphen', 'or\u00ADders'],
    ['a variation selector on a letter', 'a\uFE0Fb'],
    ['a filler of Hangul', '\u3164'],
    ['an empty braille cell', '\u2800'],
    ['tags', 'a\u{E0061}'],
    ['only marks', '\u0301'],
    ['a character of private use', 'a\uE000'],
    ['a byte order mark', 'or\uFEFFders'],
  ])('is not %s', (_, value) => {
    expect(takes(name(), value)).toBe(false);
  });

  it('is trimmed, and has an end', () => {
    expect(name().parse('  orders ')).toBe('orders');
    expect(takes(name(5), 'orders')).toBe(false);
  });
});

it('text and numbers are what the columns hold', () => {
  expect(takes(text(10), 'zwölf\n')).toBe(true);
  for (const value of ['\0', '\ud800', 'x'.repeat(11)]) expect(takes(text(10), value)).toBe(false);
  expect(takes(integer(0), 2 ** 31 - 1)).toBe(true);
  for (const value of [2 ** 31, -1, 0.5, Number.NaN, '1']) {
    expect(takes(integer(0), value)).toBe(false);
  }
  expect(takes(instant, '2026-11-28T12:00:00.000+01:00')).toBe(true);
  for (const value of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59', 'today']) {
    expect(takes(instant, value)).toBe(false);
  }
});

describe('JSON', () => {
  it.each([
    ['a zero byte in a text', { a: ['x\0'] }],
    ['a zero byte in a name', { '\0': 1 }],
    ['half of a character in a name', { '\ud800': 1 }],
    ['half of a character after backslashes', { a: '\\\\\ud800' }],
    ['too much', { a: 'x'.repeat(200) }],
  ])('does not hold %s', (_, value) => {
    expect(takes(json(100), value)).toBe(false);
  });

  it('may speak of an escape', () => {
    expect(takes(layout, { note: { text: 'never write \\u0000 or \\ud800' } })).toBe(true);
  });
});

describe('cases and samples', () => {
  const good = { name: 'One', input: { in: ['a', '\\x00'] }, expected: { out: [] } };

  it('are records by id', () => {
    expect(takes(cases, { one: good, two: { ...good, expected: {} } })).toBe(true);
    expect(takes(samples, { one: { name: 'A', records: ['a'] } })).toBe(true);
  });

  it.each([
    ['a key that is no id', { 'a b': good }],
    ['a prototype', JSON.parse('{"constructor2": {"__proto__": 1}}')],
    ['an ingress that is no id', { one: { ...good, input: { '\0': ['a'] } } }],
    ['a record that is no text', { one: { ...good, input: { in: [1] } } }],
    ['a zero byte, which has an escape', { one: { ...good, input: { in: ['\0'] } } }],
    ['half of a character', { one: { ...good, expected: { out: ['\ud800'] } } }],
    ['a word that nobody reads', { one: { ...good, more: 1 } }],
    ['a record larger than any', { one: { ...good, input: { in: ['x'.repeat(65_537)] } } }],
    ['too many cases', Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`c${i}`, good]))],
    [
      'too much in all',
      { one: { ...good, input: { in: Array.from({ length: 9 }, () => 'x'.repeat(32_768)) } } },
    ],
  ])('are not %s', (_, value) => {
    expect(takes(cases, value)).toBe(false);
  });
});

it('what a machine quotes is cleaned and cut, and never refused', () => {
  expect(quoted(20).parse('a\0b\ud800')).toBe('a\uFFFDb\uFFFD');
  // Cut inside of a pair: no half is left.
  expect(quoted(2).parse('a😀')).toBe('a\uFFFD');
});
