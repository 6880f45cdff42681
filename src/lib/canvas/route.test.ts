import { describe, expect, test } from 'vitest';
import { overlaps, type Box } from '$lib/document/placement';
import { Grid } from './grid';
import { pathOf, Router, type Point, type Trip } from './route';

const node = (x: number, y: number): Box => ({ x, y, width: 232, height: 56 });

function routerAround(nodes: Record<string, Box>): Router {
  const grid = new Grid();
  for (const [id, box] of Object.entries(nodes)) grid.set(id, box);
  return new Router(grid);
}

/** From the bottom of one node to the top of another. */
const trip = (nodes: Record<string, Box>, source: string, target: string): Trip => {
  const [from, to] = [nodes[source]!, nodes[target]!];
  return {
    from: { x: from.x + from.width / 2, y: from.y + from.height },
    to: { x: to.x + to.width / 2, y: to.y },
    source,
    target,
    turn: 'early',
    marks: [],
  };
};

/** The nodes that a way crosses; it may touch the ones it joins. */
function crossed(points: readonly Point[], nodes: Record<string, Box>): string[] {
  return Object.entries(nodes).flatMap(([id, box]) => {
    const inside = { x: box.x + 1, y: box.y + 1, width: box.width - 2, height: box.height - 2 };
    const hit = points.slice(1).some((b, at) => {
      const a = points[at]!;
      const stretch = {
        x: Math.min(a.x, b.x),
        y: Math.min(a.y, b.y),
        width: Math.abs(a.x - b.x),
        height: Math.abs(a.y - b.y),
      };
      return overlaps(stretch, inside);
    });
    return hit ? [id] : [];
  });
}

const rightAngled = (points: readonly Point[]) =>
  points.slice(1).every((b, at) => points[at]!.x === b.x || points[at]!.y === b.y);

describe('the ways of wires', () => {
  test('straight down where nothing stands between', () => {
    const nodes = { a: node(0, 0), b: node(0, 80) };
    const points = routerAround(nodes).route('a->b', trip(nodes, 'a', 'b'));
    expect(points).toEqual([
      { x: 116, y: 56 },
      { x: 116, y: 80 },
    ]);
  });

  test('round its own router where the end stands beside it, or higher', () => {
    for (const y of [40, 90, 104]) {
      const nodes = { a: node(0, 0), b: node(300, y) };
      const mark = { x: 66, y: 80, width: 100, height: 20 };
      const start = { x: 116, y: 100 };
      const points = routerAround(nodes).route('a->b', {
        ...trip(nodes, 'a', 'b'),
        from: start,
        marks: [mark],
      });
      expect(points[0]).toEqual(start);
      expect(points.at(-1)).toEqual({ x: 416, y });
      expect(rightAngled(points)).toBe(true);
      expect(crossed(points, { ...nodes, mark })).toEqual([]);
    }
  });

  test('round a node that stands between', () => {
    const nodes = { a: node(0, 0), b: node(0, 80), c: node(0, 160) };
    const points = routerAround(nodes).route('a->c', trip(nodes, 'a', 'c'));
    expect(points.length).toBeGreaterThan(2);
    expect(crossed(points, nodes)).toEqual([]);
    expect(rightAngled(points)).toBe(true);
  });

  test('back up to the next column of a wrapped chain', () => {
    const nodes = { a: node(0, 480), b: node(0, 400), c: node(288, 0), d: node(288, 80) };
    const points = routerAround(nodes).route('a->c', trip(nodes, 'a', 'c'));
    expect(crossed(points, nodes)).toEqual([]);
    // It enters from above, as every wire does.
    expect(points.at(-2)!.y).toBeLessThan(nodes.c.y);
  });

  test('wires of one node part from one line, strangers keep apart', () => {
    const nodes = { a: node(0, 0), b: node(252, 0), c: node(600, 140), d: node(860, 140) };
    const router = routerAround(nodes);
    const across = (points: readonly Point[]) =>
      points.slice(1).find((b, at) => points[at]!.y === b.y)!.y;
    const first = across(router.route('a->c', trip(nodes, 'a', 'c')));
    const second = across(router.route('a->d', trip(nodes, 'a', 'd')));
    const stranger = across(router.route('b->d', { ...trip(nodes, 'b', 'd'), target: 'other' }));
    expect(second).toBe(first);
    expect(Math.abs(stranger - first)).toBeGreaterThanOrEqual(3);
  });

  test('a given up way is free for others', () => {
    const nodes = { a: node(0, 0), b: node(252, 0), c: node(600, 140) };
    const router = routerAround(nodes);
    const way = router.route('a->c', trip(nodes, 'a', 'c'));
    router.forget('a->c');
    const other = { ...trip(nodes, 'b', 'c'), target: 'other' };
    expect(router.route('b->c', other)[1]!.y).toBe(way[1]!.y);
  });

  test('on a full page of nodes in rows, no wire crosses a node', () => {
    const nodes: Record<string, Box> = {};
    for (let row = 0; row < 12; row += 1)
      for (let column = 0; column < 8; column += 1)
        nodes[`n${row}_${column}`] = node(column * 252, row * 104);
    const router = routerAround(nodes);
    const ids = Object.keys(nodes);
    let crossings = 0;
    for (let at = 0; at < 300; at += 1) {
      const source = ids[(at * 37) % ids.length]!;
      const target = ids[(at * 61 + 11) % ids.length]!;
      if (source === target) continue;
      const points = router.route(`w${at}`, trip(nodes, source, target));
      expect(rightAngled(points)).toBe(true);
      crossings += crossed(points, nodes).length;
    }
    expect(crossings).toBe(0);
  });

  test('a path has round corners, smaller where there is little room', () => {
    const corners = [
      { x: 0, y: 0 },
      { x: 0, y: 10 },
      { x: 100, y: 10 },
    ];
    expect(pathOf(corners)).toBe('M0 0L0 5Q0 10 5 10L100 10');
    expect(pathOf([])).toBe('');
  });
});
