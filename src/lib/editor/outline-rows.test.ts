import { describe, expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { rowsInView, rowsOf, topsOf } from './outline-rows';

const plan = `pipeline p
ingress in
stage a keep:x
stage b keep:y
egress out
in -> a -> out
a -> b
`;

describe('rows of the outline', () => {
  it('are the elements along the flow, and below each where it leads', async () => {
    const { graph } = await compilerInProcess.call('compile', { text: plan, target: 'lane_graph' });
    const rows = rowsOf(graph);
    expect(rows.map(({ id }) => id)).toEqual(['in', 'in->a', 'a', 'a->out', 'a->b', 'b', 'out']);
    expect(rows[2]).toMatchObject({ level: 1, children: 2, position: 2, siblings: 4 });
    expect(rows[4]).toMatchObject({ level: 2, title: 'b', position: 2, siblings: 2 });
  });

  it('shows a connection once that is written twice', async () => {
    const text = `${plan}a -> b\n`;
    const { graph } = await compilerInProcess.call('compile', { text, target: 'lane_graph' });
    expect(rowsOf(graph).filter(({ id }) => id === 'a->b')).toHaveLength(1);
  });

  it('say where a connection leads to nothing', async () => {
    const text = `${plan}b -> nowhere\n`;
    const { graph } = await compilerInProcess.call('compile', { text, target: 'lane_graph' });
    expect(rowsOf(graph).filter(({ unknown }) => unknown)).toMatchObject([
      { id: 'b->nowhere', level: 2, unknown: 'nowhere' },
    ]);
  });

  it('are on the page when they are in view or near it', () => {
    const rows = Array.from({ length: 1000 }, (_, at) => ({
      level: at % 2 === 0 ? (1 as const) : (2 as const),
    }));
    const tops = topsOf(rows, { 1: 30, 2: 20 });
    expect(tops.at(-1)).toBe(25_000);
    expect(rowsInView(tops, { top: 0, height: 300 })[0]).toBe(0);
    const [first, end] = rowsInView(tops, { top: 10_000, height: 300 });
    expect(tops[first]).toBeLessThanOrEqual(9_600);
    expect(tops[end]).toBeGreaterThanOrEqual(10_700);
    expect(end - first).toBeLessThan(60);
    expect(rowsInView(tops, { top: 25_000, height: 300 })[1]).toBe(1000);
    expect(rowsInView([0], { top: 0, height: 300 })).toEqual([0, 0]);
  });
});
