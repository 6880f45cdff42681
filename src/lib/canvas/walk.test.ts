import { describe, expect, test } from 'vitest';
import { nextNode, type Heading } from './walk';

const box = (x: number, y: number) => ({ x, y, width: 232, height: 56 });
const boxes = [
  ['a', box(250, 0)],
  ['b', box(0, 100)],
  ['c', box(250, 100)],
  ['d', box(500, 100)],
  ['e', box(250, 200)],
] as const;
const headings = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] } as const;
const from = (id: string, heading: keyof typeof headings) =>
  nextNode(boxes, id, headings[heading] as Heading);

describe('the arrow keys', () => {
  test('lead to what lies next in their direction, before what lies aside', () => {
    expect(from('c', 'left')).toBe('b');
    expect(from('c', 'right')).toBe('d');
    expect(from('a', 'down')).toBe('c');
    expect(from('b', 'down')).toBe('e');
    expect(from('d', 'up')).toBe('a');
  });

  test('lead nowhere at an edge, and from what isn’t there', () => {
    expect(from('a', 'up')).toBeNull();
    expect(from('zebra', 'up')).toBeNull();
  });
});
