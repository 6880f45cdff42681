import { expect, test } from 'vitest';
import type { DraftContent, Position } from './content';
import { mergeContent } from './merge';

const draft = (
  nodes: Record<string, Position>,
  target: DraftContent['target'] = 'single_ring',
): DraftContent => ({ text: '', target, layout: { v: 1, nodes } });

test('positions and target are those of whoever changed them; ours where both did', () => {
  const base = draft({ a: { x: 0, y: 0 }, b: { x: 1, y: 1 }, c: { x: 2, y: 2 } });
  const ours = draft({
    a: { x: 5, y: 5 },
    b: { x: 1, y: 1 },
    c: { x: 7, y: 7 },
    d: { x: 3, y: 3 },
  });
  const theirs = draft({ a: { x: 0, y: 0 }, b: { x: 6, y: 6 }, c: { x: 8, y: 8 } }, 'lane_graph');
  const merged = mergeContent(base, ours, theirs, 'text');
  expect(merged).toEqual({
    text: 'text',
    target: 'lane_graph',
    layout: {
      v: 1,
      nodes: { a: { x: 5, y: 5 }, b: { x: 6, y: 6 }, c: { x: 7, y: 7 }, d: { x: 3, y: 3 } },
    },
  });
  expect(mergeContent(base, base, theirs, '').layout).toEqual(theirs.layout);
  expect(mergeContent(base, ours, base, '').layout).toEqual(ours.layout);
});
