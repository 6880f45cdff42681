import { describe, expect, it } from 'vitest';
import { anchorOnLine, follow, type Elements } from './anchor.ts';

/** A plan of one statement a line: `ID: words`. */
function elements(text: string): Elements {
  const lines = text.split('\n');
  return {
    text: lines,
    lines: new Map(lines.flatMap((line, at) => (line ? [[line.split(':')[0] ?? '', at + 1]] : []))),
  };
}
const before = elements('a: one\nb: two\nb->c: x\nc: three\n');
const place = (anchor: string, line: number | null = null) => ({ anchor, line });

describe('a place is followed', () => {
  it.each([
    ['to the same id', place('stage:a'), 'b: two\na: other', {}, place('stage:a')],
    ['through a rename', place('stage:a'), 'z: one', { a: 'z' }, place('stage:z')],
    ['not to what is gone', place('stage:a'), 'b: two', {}, null],
    [
      'by both ends of a wire',
      place('connection:b->c'),
      'b->d: x',
      { c: 'd' },
      place('connection:b->d'),
    ],
    ['by what a line says', place('stage:a', 1), 'b: two\na: one', {}, place('stage:a', 2)],
    [
      'by the element of a line that says something else',
      place('stage:a', 1),
      'b: two\na: other',
      {},
      place('stage:a', 2),
    ],
    ['as the plan', place('plan'), '', {}, place('plan')],
    ['as a line that is gone', place('plan', 1), 'b: two', {}, null],
    ['as what has no id in the text', place('setting:ordering'), '', {}, place('setting:ordering')],
  ])('%s', (_, from, text, renames, to) => {
    expect(follow(from, before, elements(text), new Map(Object.entries(renames)))).toEqual(to);
  });
});

it('a line belongs to the element that begins on it', () => {
  expect(anchorOnLine(2, before)).toBe('stage:b');
  expect(anchorOnLine(3, before)).toBe('plan');
  expect(anchorOnLine(5, before)).toBe('plan');
});
