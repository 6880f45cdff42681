import { describe, expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { filtered, GROUP, parentOf, rowsInView, rowsOf, type Expanded } from './outline-rows';

const plan = `pipeline p
ingress in
stage a keep:x
stage b keep:y
egress out
in -> a -> out
a -> b
`;
const none: Expanded = { elements: new Set(), closed: new Set() };
const all: Expanded = { elements: new Set(['in', 'a', 'b']), closed: new Set() };
const graphOf = async (text: string) =>
  (await compilerInProcess.call('compile', { text, target: 'lane_graph' })).graph;

describe('rows of the outline', () => {
  it('are the elements along the flow, and below each that is open where it leads', async () => {
    const graph = await graphOf(plan);
    const rows = rowsOf(graph, {}, all);
    expect(rows.map(({ id }) => id)).toEqual(['in', 'in->a', 'a', 'a->out', 'a->b', 'b', 'out']);
    expect(rows[2]).toMatchObject({ level: 1, expanded: true, position: 2, siblings: 4 });
    expect(rows[4]).toMatchObject({ level: 2, title: 'b', position: 2, siblings: 2 });
    expect(parentOf(rows, 4)).toBe(2);
    expect(parentOf(rows, 2)).toBe(-1);
    const folded = rowsOf(graph, {}, none);
    expect(folded.map(({ id }) => id)).toEqual(['in', 'a', 'b', 'out']);
    expect(folded.map(({ expanded }) => expanded)).toEqual([false, false, null, null]);
  });

  it('have members of a group together, below its title', async () => {
    const graph = await graphOf(plan);
    const groups = { g: { title: 'People', members: ['b', 'in', 'gone'] } };
    const rows = rowsOf(graph, groups, none);
    expect(rows.map(({ id, level }) => [id, level])).toEqual([
      [`${GROUP}g`, 1],
      ['in', 2],
      ['b', 2],
      ['a', 1],
      ['out', 1],
    ]);
    expect(rows[0]).toMatchObject({ title: 'People', count: 2, expanded: true, siblings: 3 });
    expect(parentOf(rows, 2)).toBe(0);
    const closed = rowsOf(graph, groups, { ...none, closed: new Set(['g']) });
    expect(closed.map(({ id }) => id)).toEqual([`${GROUP}g`, 'a', 'out']);
    expect(filtered(rows, 'keep Y')).toMatchObject([{ id: 'b', level: 1, siblings: 1 }]);
  });

  it('shows a connection once that is written twice', async () => {
    const graph = await graphOf(`${plan}a -> b\n`);
    expect(rowsOf(graph, {}, all).filter(({ id }) => id === 'a->b')).toHaveLength(1);
  });

  it('say where a connection leads to nothing', async () => {
    const graph = await graphOf(`${plan}b -> nowhere\n`);
    expect(rowsOf(graph, {}, all).filter(({ unknown }) => unknown)).toMatchObject([
      { id: 'b->nowhere', level: 2, unknown: 'nowhere' },
    ]);
  });

  it('are on the page when they are in view or near it', () => {
    expect(rowsInView(1000, 28, { top: 0, height: 300 })[0]).toBe(0);
    const [first, end] = rowsInView(1000, 28, { top: 10_000, height: 300 });
    expect(first * 28).toBeLessThanOrEqual(9_600);
    expect(end * 28).toBeGreaterThanOrEqual(10_700);
    expect(end - first).toBeLessThan(60);
    expect(rowsInView(1000, 28, { top: 27_900, height: 300 })[1]).toBe(1000);
    expect(rowsInView(0, 28, { top: 0, height: 300 })).toEqual([0, 0]);
  });
});
