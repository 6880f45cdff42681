import { describe, expect, test } from 'vitest';
import { aligned, distributed, type Edge } from './align';
import type { Position } from './content';
import { boxOf, overlaps, type PlanShape } from './placement';

/** Small numbers that are the same on every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function overlapping(
  { nodes }: PlanShape,
  placed: Readonly<Record<string, Position>>,
): Set<string> {
  const boxes = nodes.map(({ id, kind }) => ({ id, box: boxOf(kind, placed[id]!) }));
  const found = new Set<string>();
  boxes.forEach((a, at) => {
    for (const b of boxes.slice(at + 1)) if (overlaps(a.box, b.box)) found.add(`${a.id} ${b.id}`);
  });
  return found;
}

describe('aligning and distributing', () => {
  const edges: Edge[] = ['left', 'centre', 'right', 'top', 'middle', 'bottom'];
  const shape: PlanShape = {
    nodes: Array.from({ length: 8 }, (_, at) => ({
      id: `n${at}`,
      kind: at === 0 ? ('ingress' as const) : ('stage' as const),
    })),
    wires: [],
  };

  test('two nodes never lie on each other that didn’t before, in a thousand plans', () => {
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const next = numbers(seed);
      const placed = Object.fromEntries(
        shape.nodes.map(({ id }) => [
          id,
          { x: Math.floor(next() * 1_200), y: Math.floor(next() * 600) },
        ]),
      );
      const ids = shape.nodes.map(({ id }) => id).filter(() => next() < 0.5);
      const before = overlapping(shape, placed);
      const ways = [
        ...edges.map((edge) => aligned(shape, placed, ids, edge)),
        distributed(shape, placed, ids, 'x'),
        distributed(shape, placed, ids, 'y'),
      ];
      for (const way of ways)
        for (const pair of overlapping(shape, { ...placed, ...way }))
          expect(before.has(pair), `seed ${seed}: ${pair}`).toBe(true);
    }
  });

  test('lines up what is chosen, and moves nothing else', () => {
    const placed = { n1: { x: 10, y: 0 }, n2: { x: 300, y: 200 }, n3: { x: 0, y: 900 } };
    const left = aligned(shape, placed, ['n1', 'n2'], 'left');
    expect(left).toEqual({
      n1: { x: 10, y: 0, pinned: true },
      n2: { x: 10, y: 200, pinned: true },
    });
    const middle = aligned(shape, placed, ['n1', 'n2'], 'middle');
    expect(middle['n1']?.y).toBe(middle['n2']?.y);
  });

  test('leaves the same distance between three, the outer two staying', () => {
    const placed = { n1: { x: 0, y: 0 }, n2: { x: 0, y: 100 }, n3: { x: 0, y: 600 } };
    const spread = distributed(shape, placed, ['n1', 'n2', 'n3'], 'y');
    expect([spread['n1']?.y, spread['n2']?.y, spread['n3']?.y]).toEqual([0, 300, 600]);
    expect(distributed(shape, placed, ['n1', 'n2'], 'y')).toEqual({});
  });
});
