import { describe, expect, test } from 'vitest';
import { applyEdits, invertEdits, mapOffset, smallestEdit } from './edits';

const text = 'ingress in\nstage a identity\negress out\n';

describe('text edits', () => {
  test('several edits of one text are applied in order of place', () => {
    const edits = [
      { start: 17, end: 18, text: 'second' },
      { start: 8, end: 10, text: 'source' },
    ];
    expect(applyEdits(text, edits)).toBe('ingress source\nstage second identity\negress out\n');
  });

  test('inverted edits restore every byte', () => {
    const edits = [
      { start: 0, end: 0, text: '# größer 🚀\n' },
      { start: 8, end: 10, text: 'a_longer_name' },
      { start: 28, end: 39, text: '' },
    ];
    const after = applyEdits(text, edits);
    expect(applyEdits(after, invertEdits(text, edits))).toBe(text);
  });

  test('overlapping edits and edits outside the text are refused', () => {
    expect(() =>
      applyEdits(text, [
        { start: 0, end: 5, text: '' },
        { start: 4, end: 6, text: '' },
      ]),
    ).toThrow(RangeError);
    expect(() => applyEdits('ab', [{ start: 1, end: 3, text: '' }])).toThrow(RangeError);
  });

  test('the smallest edit touches only what differs', () => {
    expect(smallestEdit('stage a identity', 'stage ab identity')).toEqual({
      start: 7,
      end: 7,
      text: 'b',
    });
    expect(smallestEdit('same', 'same')).toBeNull();
    expect(smallestEdit('aaa', 'aa')).toEqual({ start: 2, end: 3, text: '' });
  });

  test('the smallest edit never cuts a character in two', () => {
    const edit = smallestEdit('x😀y', 'x😁y');
    expect(edit).toEqual({ start: 1, end: 3, text: '😁' });
  });

  test('an offset moves with the text around it', () => {
    const edits = [{ start: 2, end: 4, text: 'long' }];
    expect(mapOffset(1, edits)).toBe(1);
    expect(mapOffset(3, edits)).toBe(6);
    expect(mapOffset(5, edits)).toBe(7);
  });
});
