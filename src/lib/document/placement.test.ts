import { describe, expect, test } from 'vitest';
import {
  inheritPosition,
  makeRoom,
  overlaps,
  placeNew,
  renamedId,
  simpleLayout,
  sizeOf,
} from './placement';

const chain = [
  { from: 'in', to: 'a' },
  { from: 'a', to: 'out' },
];
const kinds = { in: 'ingress', a: 'stage', b: 'stage', out: 'egress' } as const;
const nodes = (ids: (keyof typeof kinds)[]) => ids.map((id) => ({ id, kind: kinds[id] }));

describe('placing nodes', () => {
  test('placed nodes stay where they are and a new one covers nothing', () => {
    const placed = { in: { x: 0, y: 0 }, out: { x: 600, y: 0 } };
    const suggested = { in: { x: 0, y: 0 }, a: { x: 590, y: 0 }, out: { x: 900, y: 0 } };
    const result = placeNew(nodes(['in', 'a', 'out']), chain, placed, suggested);
    expect(Object.keys(result)).toEqual(['a']);
    const box = { ...result['a']!, ...sizeOf('stage') };
    expect(overlaps(box, { x: 600, y: 0, ...sizeOf('egress') })).toBe(false);
  });

  test('a node without neighbours stands below everything', () => {
    const result = placeNew(nodes(['in', 'b']), chain, { in: { x: 40, y: 100 } }, {});
    expect(result['b']!.x).toBe(40);
    expect(result['b']!.y).toBeGreaterThan(148);
  });

  test('inserting on a short connection moves what follows, and only that', () => {
    const placed = { in: { x: 0, y: 0 }, a: { x: 200, y: 0 }, out: { x: 480, y: 0 } };
    const room = makeRoom(chain, placed, kinds, { from: 'a', to: 'out' });
    expect(room?.moved['a']).toBeUndefined();
    expect(room?.moved['out']!.x).toBeGreaterThan(480);
    const box = { ...room!.position, ...sizeOf('stage') };
    expect(overlaps(box, { ...placed.a, ...sizeOf('stage') })).toBe(false);
    expect(overlaps(box, { ...room!.moved['out']!, ...sizeOf('egress') })).toBe(false);
  });

  test('an id that was retyped keeps the place of the old one', () => {
    const placed = { a: { x: 1, y: 2 } };
    const renamed = renamedId(['in', 'a'], ['in', 'ab']);
    expect(renamed).toEqual({ from: 'a', to: 'ab' });
    expect(inheritPosition(renamed!, placed)).toEqual({ ab: { x: 1, y: 2 }, a: null });
    expect(inheritPosition({ from: 'a', to: 'b' }, { ...placed, b: { x: 9, y: 9 } })).toBeNull();
    expect(renamedId(['a'], ['x', 'y'])).toBeNull();
    expect(renamedId(['a'], ['a'])).toBeNull();
  });

  test('the simple layout ends on plans with a cycle', () => {
    const cyclic = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ];
    expect(Object.keys(simpleLayout(nodes(['a', 'b']), cyclic))).toEqual(['a', 'b']);
  });
});
