import { describe, expect, test } from 'vitest';
import type { Case } from '$lib/document/content';
import { readCaseText, writeCases } from './text';

const cases: Case[] = [
  {
    name: 'Debug noise never leaves',
    input: { feed: ['{"level":"debug"}', '', '  two spaces  ', '| a bar', '# a sign'] },
    expected: { archive: [], alerts: ['\\x00\\n', 'case in a record'] },
  },
  { name: 'Nothing at all', input: {}, expected: {} },
  { name: 'Large records', recordBytes: 4_096, input: { feed: ['x'] }, expected: {} },
];

describe('cases as text', () => {
  test('come back as they were', () => {
    expect(readCaseText(writeCases(cases))).toEqual(cases);
    expect(readCaseText('')).toEqual([]);
  });

  test('may hold comments, empty lines and CR LF', () => {
    const text = '# why\r\n\r\ncase A  name \r\nin a\r\n| x\r\nout b\r\n';
    expect(readCaseText(text)).toEqual([
      { name: 'A  name', input: { a: ['x'] }, expected: { b: [] } },
    ]);
  });

  test.each([
    ['| x\n', 1, 'A record stands below'],
    ['case A\n| x\n', 2, 'A record stands below'],
    ['in a\n', 1, 'begins with “case NAME”'],
    ['case\n', 1, 'Give the case a name'],
    ['case A\nin A-b\n', 2, 'the id of an ingress'],
    ['case A\nout\n', 2, 'the id of an egress'],
    ['case A\nin a\nin a\n', 3, 'twice'],
    ['case A\nin a\n| \\q\n', 3, 'A backslash begins'],
    ['bytes 1024\n', 1, 'right below “case NAME”'],
    ['case A\nin a\nbytes 1024\n', 3, 'right below “case NAME”'],
    ['case A\nbytes 300\n', 2, 'at most 256, 1024, 4096, 16384 bytes'],
    ['case A\nwhen a\n', 2, 'A line begins with'],
    ['case A\nin a\n  | x\n', 3, 'A line begins with'],
  ])('%j is refused with its line', (text, line, message) => {
    expect(readCaseText(text)).toMatchObject({ line, message: expect.stringContaining(message) });
  });
});
