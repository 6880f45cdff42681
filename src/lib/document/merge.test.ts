import { expect, test } from 'vitest';
import {
  emptyContent,
  emptyLayout,
  type DraftContent,
  type Layout,
  type Position,
} from './content';
import { mergeContent } from './merge';

const draft = (
  nodes: Record<string, Position>,
  target: DraftContent['target'] = 'single_ring',
): DraftContent => ({ ...emptyContent, target, layout: { ...emptyLayout, nodes } });

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
    ...emptyContent,
    text: 'text',
    target: 'lane_graph',
    layout: {
      ...emptyLayout,
      nodes: { a: { x: 5, y: 5 }, b: { x: 6, y: 6 }, c: { x: 7, y: 7 }, d: { x: 3, y: 3 } },
    },
  });
  expect(mergeContent(base, base, theirs, '').layout).toEqual(theirs.layout);
  expect(mergeContent(base, ours, base, '').layout).toEqual(ours.layout);
});

test('notes, groups and the direction are those of whoever changed them', () => {
  const at = (layout: Partial<Layout>): DraftContent => ({
    ...emptyContent,
    layout: { ...emptyLayout, ...layout },
  });
  const note = { text: 'Why', x: 0, y: 0, width: 200, height: 80, about: 'a' };
  const group = { title: 'People', members: ['a', 'b'] };
  const base = at({ notes: { n: note }, groups: { g: group } });
  const ours = at({ notes: { n: { ...note, text: 'Because' } }, groups: { g: group } });
  const theirs = at({ notes: { n: note, m: note }, direction: 'right' });
  expect(mergeContent(base, ours, theirs, '').layout).toEqual({
    ...emptyLayout,
    direction: 'right',
    notes: { n: { ...note, text: 'Because' }, m: note },
  });
});

test('cases and samples are those of whoever changed them', () => {
  const one = { name: 'One', input: { in: ['x'] }, expected: { out: ['x'] } };
  const feed = { name: 'Feed', records: ['x'] };
  const base = { ...emptyContent, cases: { one, two: one }, samples: { feed } };
  const ours = { ...base, cases: { one: { ...one, name: 'Ours' }, two: one } };
  const theirs = { ...base, cases: { one, three: one }, samples: {} };
  expect(mergeContent(base, ours, theirs, '')).toMatchObject({
    cases: { one: { ...one, name: 'Ours' }, three: one },
    samples: {},
  });
  expect(mergeContent(base, ours, theirs, '').cases).not.toHaveProperty('two');
});
