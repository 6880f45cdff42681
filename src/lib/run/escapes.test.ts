import { describe, expect, it } from 'vitest';
import { hexRows, recordBytes, recordsOf, recordsOfText, recordText } from './escapes';

const bytes = (...all: number[]) => Uint8Array.from(all);

describe('records as text', () => {
  it('give the same bytes again, whatever they are', () => {
    for (let seed = 1; seed < 400; seed += 1) {
      const record = Uint8Array.from(
        { length: seed % 23 },
        (_, at) => (seed * 31 + at * at * 7 + (at % 3) * 97) & 0xff,
      );
      expect(recordBytes(recordText(record))).toEqual(record);
    }
    const text = 'grün 🌿 \\ "x"';
    expect(new TextDecoder().decode(recordBytes(recordText(new TextEncoder().encode(text))))).toBe(
      text,
    );
  });

  it('escape what can’t be read, and nothing else', () => {
    expect(recordText(bytes(0x61, 0x09, 0x5c, 0x00, 0x7f))).toBe('a\\t\\\\\\x00\\x7f');
    expect(recordText(bytes(0xc3, 0xbc))).toBe('ü');
    expect(recordText(bytes(0xff, 0x61))).toBe('\\xffa');
    expect(recordBytes('\\q')).toEqual(bytes(0x5c, 0x71));
  });

  it('cut files at their lines, and nothing behind the last end', () => {
    expect(recordsOf(bytes(0x61, 10, 10, 0xff, 10))).toEqual(['a', '', '\\xff']);
    expect(recordsOf(bytes(0x61, 10, 0x62))).toEqual(['a', 'b']);
    expect(recordsOf(bytes())).toEqual([]);
    expect(recordsOfText('a\\b\r\nc\n')).toEqual(['a\\\\b', 'c']);
  });

  it('are shown in rows of sixteen bytes', () => {
    expect(hexRows(new TextEncoder().encode('0123456789abcdefg\n'))).toEqual([
      { at: '0000', hex: expect.any(Array) as string[], text: '0123456789abcdef' },
      { at: '0010', hex: ['67', '0a'], text: 'g·' },
    ]);
  });
});
