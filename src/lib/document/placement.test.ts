import { describe, expect, test } from 'vitest';
import { emptyLayout, type Direction, type Note, type Position } from './content';
import {
  STAGE_SIZE,
  boxOf,
  inheritPosition,
  overlaps,
  renamedId,
  type Box,
  type PlacedNode,
  type PlanShape,
} from './placement';
import {
  placeAt,
  placeAtConnected,
  placeBefore,
  placeBehind,
  placeConnection,
  placeNew,
  placeOnWire,
  placeTogether,
} from './placement-new';
import { notesAlong, notesBeside, notesClear } from './placement-notes';
import { simpleLayout, tidied, wrapped } from './placement-tidy';

/** Numbers that are the same for the same seed. */
function numbers(seed: number) {
  let state = seed >>> 0;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A plan of any shape without circles: chains, fans, meetings, lonely nodes. */
function randomPlan(pick: (below: number) => number): PlanShape {
  const count = 2 + pick(14);
  const nodes = Array.from({ length: count }, (_, at): PlacedNode => ({
    id: `n${at}`,
    kind: at === 0 ? 'ingress' : at === count - 1 ? 'egress' : 'stage',
  }));
  const wires: { from: string; to: string }[] = [];
  for (let to = 1; to < count; to += 1) {
    for (let times = pick(3); times > 0; times -= 1) {
      const from = pick(to);
      if (!wires.some((wire) => wire.from === `n${from}` && wire.to === `n${to}`))
        wires.push({ from: `n${from}`, to: `n${to}` });
    }
  }
  return { nodes, wires };
}

/** Places that a hand could have given, some on top of each other. */
function randomPlaces(shape: PlanShape, pick: (below: number) => number): Record<string, Position> {
  const tidy = simpleLayout(shape.nodes, shape.wires);
  return Object.fromEntries(
    shape.nodes.map(({ id }) => {
      const at = tidy[id] ?? { x: 0, y: 0 };
      const moved = { x: at.x + pick(3) * 90, y: at.y + pick(3) * 40 };
      return [id, pick(4) === 0 ? { ...moved, pinned: true } : moved];
    }),
  );
}

/** Notes anywhere, some about a node, some on it. */
function randomNotes(shape: PlanShape, pick: (below: number) => number): Record<string, Note> {
  const about = () => (pick(2) === 0 ? null : shape.nodes[pick(shape.nodes.length)]!.id);
  return Object.fromEntries(
    Array.from({ length: pick(5) }, (_, at): [string, Note] => [
      `note${at}`,
      {
        ...{ text: 'why', about: about(), x: pick(900), y: pick(900) },
        ...{ width: 100 + pick(200), height: 40 + pick(100) },
      },
    ]),
  );
}

/** The pairs of nodes and notes that cover each other. */
function covering(
  shape: PlanShape,
  nodes: Readonly<Record<string, Position>>,
  notes: Readonly<Record<string, Note>> = {},
): Set<string> {
  const boxes = [
    ...shape.nodes.flatMap(({ id, kind }): [string, Box][] => {
      const at = nodes[id];
      return at ? [[id, boxOf(kind, at)]] : [];
    }),
    ...Object.entries(notes),
  ];
  const pairs = new Set<string>();
  for (const [a, one] of boxes)
    for (const [b, other] of boxes) if (a < b && overlaps(one, other)) pairs.add(`${a} ${b}`);
  return pairs;
}

const news = (before: Set<string>, after: Set<string>) =>
  [...after].filter((pair) => !before.has(pair));

const seeds = Array.from({ length: 400 }, (_, seed) => seed);
const added: PlacedNode = { id: 'new', kind: 'stage' };

describe('the law of placement: what is placed covers nothing that was free', () => {
  test.each(['down', 'right'] as const)('whatever is added, records flowing %s', (direction) => {
    for (const seed of seeds) {
      const pick = numbers(seed);
      const shape = randomPlan(pick);
      const nodes = randomPlaces(shape, pick);
      const notes = randomNotes(shape, pick);
      const placed = { direction, nodes, notes };
      const before = covering(shape, nodes, notes);
      const whole = { ...shape, nodes: [...shape.nodes, added] };
      const some = shape.nodes[pick(shape.nodes.length)]!.id;
      const wire = shape.wires[pick(Math.max(1, shape.wires.length))];
      const rooms = [
        wire && placeOnWire(shape, placed, wire),
        placeBehind(shape, placed, some),
        placeBefore(shape, placed, some),
        { position: placeAt(shape, placed, { x: pick(900), y: pick(900) }), moved: {}, notes: {} },
        placeAtConnected(shape, placed, { x: pick(900), y: pick(900) }, { after: some }),
        placeAtConnected(shape, placed, { x: pick(900), y: pick(900) }, { before: some }),
      ];
      for (const [at, room] of rooms.entries()) {
        if (!room) continue;
        const after = { ...nodes, ...room.moved, new: room.position };
        const beside = { ...notes, ...room.notes };
        const now = covering(whole, after, beside);
        expect(news(before, now), `seed ${seed}, gesture ${at}`).toEqual([]);
        // Who was placed by hand is still that, wherever it had to go.
        for (const id of Object.keys(room.moved))
          expect(room.moved[id]?.pinned).toBe(nodes[id]?.pinned);
      }
    }
  });

  test('a connection makes room for what it brings, and for that only', () => {
    for (const seed of seeds) {
      const pick = numbers(seed);
      const shape = randomPlan(pick);
      const nodes = randomPlaces(shape, pick);
      const [from, to] = [pick(shape.nodes.length), pick(shape.nodes.length)];
      if (from >= to) continue;
      const wire = { from: `n${from}`, to: `n${to}` };
      const notes = randomNotes(shape, pick);
      const way = placeConnection(shape, { direction: 'down', nodes, notes }, wire);
      const { moved } = way;
      const before = covering(shape, nodes, notes);
      const after = covering(shape, { ...nodes, ...moved }, { ...notes, ...way.notes });
      expect(news(before, after), `seed ${seed}`).toEqual([]);
      const beside = shape.wires.filter((one) => one.from === wire.from || one.to === wire.to);
      if (beside.length === 0) expect(way).toEqual({ moved: {}, notes: {} });
    }
  });

  test('a router has its room between two that stood close', () => {
    const nodes: PlacedNode[] = ['a', 'b', 'c'].map((id) => ({ id, kind: 'stage' }));
    const shape = {
      nodes,
      wires: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
      ],
    };
    const places = { a: { x: 0, y: 0 }, b: { x: 0, y: 80 }, c: { x: 0, y: 160 } };
    const { moved } = placeConnection(
      shape,
      { direction: 'down', nodes: places },
      { from: 'a', to: 'c' },
    );
    // A router behind a and a merge before c: 24 + 20 + 36 on either side of b.
    expect(moved).toEqual({ b: { x: 0, y: 136 }, c: { x: 0, y: 272 } });
  });

  test('a branch that is let go near its start leaves room for the router', () => {
    const nodes: PlacedNode[] = ['a', 'b'].map((id) => ({ id, kind: 'stage' }));
    const shape = { nodes, wires: [{ from: 'a', to: 'b' }] };
    const placed = {
      direction: 'down' as const,
      nodes: { a: { x: 0, y: 0 }, b: { x: 0, y: 80 } },
    };
    const near = { x: 400, y: 90 };
    expect(placeAtConnected(shape, placed, near, { after: 'a' })).toEqual({
      position: { x: 284, y: 136 },
      moved: { b: { x: 0, y: 136 } },
      notes: {},
    });
    // Further away it stands where it was let go, and only what follows moves on.
    const far = placeAtConnected(shape, placed, { x: 400, y: 300 }, { after: 'a' });
    expect(far.position).toEqual({ x: 284, y: 272 });
    // The same before an element, for the merge.
    expect(placeAtConnected(shape, placed, { x: 400, y: 60 }, { before: 'b' })).toEqual({
      position: { x: 284, y: 0 },
      moved: { b: { x: 0, y: 136 } },
      notes: {},
    });
  });

  test('what is let go beside a node stands on that side of it', () => {
    const nodes: PlacedNode[] = ['a', 'b'].map((id) => ({ id, kind: 'stage' }));
    const shape = { nodes, wires: [] };
    const placed = { direction: 'down' as const, nodes: { a: { x: 0, y: 0 }, b: { x: 0, y: 80 } } };
    // Over the left edge of both, and over the right one.
    expect(placeAt(shape, placed, { x: -40, y: 70 })).toEqual({ x: -252, y: 42 });
    expect(placeAt(shape, placed, { x: 270, y: 70 })).toEqual({ x: 252, y: 42 });
  });

  test('copies keep their places to each other', () => {
    for (const seed of seeds) {
      const pick = numbers(seed);
      const shape = randomPlan(pick);
      const nodes = simpleLayout(shape.nodes, shape.wires);
      const copies = shape.nodes
        .slice(0, 1 + pick(shape.nodes.length))
        .map(({ id, kind }) => ({ id: `${id}_2`, kind, at: nodes[id]! }));
      const at = { x: pick(600), y: pick(600) };
      const after = placeTogether(shape, { direction: 'down', nodes }, copies, at);
      const whole = { ...shape, nodes: [...shape.nodes, ...copies] };
      expect(covering(whole, { ...nodes, ...after }), `seed ${seed}`).toEqual(new Set());
      const [first] = copies;
      for (const { id, at: original } of copies) {
        expect(after[id]!.x - after[first!.id]!.x).toBe(original.x - first!.at.x);
        expect(after[id]!.y - after[first!.id]!.y).toBe(original.y - first!.at.y);
      }
    }
  });

  test.each(['down', 'right'] as const)('nothing new stands under a note, %s', (direction) => {
    for (const seed of seeds) {
      const pick = numbers(seed);
      const shape = randomPlan(pick);
      const nodes = randomPlaces(shape, pick);
      const notes = randomNotes(shape, pick);
      const placed = { direction, nodes, notes };
      const at = { x: pick(900), y: pick(900) };
      const behind = placeBehind(shape, placed, 'n0');
      const copy = { id: 'copy', kind: 'stage' as const, at: nodes['n0']! };
      for (const place of [
        placeAt(shape, placed, at),
        ...(behind ? [behind.position] : []),
        ...Object.values(placeTogether(shape, placed, [copy], at)),
      ]) {
        const box = { ...place, ...STAGE_SIZE };
        for (const note of Object.values(notes))
          expect(overlaps(box, note), `seed ${seed}`).toBe(false);
      }
    }
  });

  test('what has no place gets a free one, and nobody else moves', () => {
    for (const seed of seeds) {
      const pick = numbers(seed);
      const shape = randomPlan(pick);
      const all = randomPlaces(shape, pick);
      const nodes = Object.fromEntries(Object.entries(all).filter(() => pick(3) > 0));
      const suggested = simpleLayout(shape.nodes, shape.wires);
      const notes = randomNotes(shape, pick);
      const placed = { direction: 'down' as const, nodes, notes };
      const fresh = placeNew(shape.nodes, shape.wires, placed, suggested);
      expect(Object.keys(fresh).some((id) => nodes[id])).toBe(false);
      const after = { ...nodes, ...fresh };
      expect(Object.keys(after).length).toBe(shape.nodes.length);
      const before = covering(shape, nodes, notes);
      expect(news(before, covering(shape, after, notes)), `seed ${seed}`).toEqual([]);
    }
  });

  test('a tidy covers nothing, and leaves what was placed by hand where it is', () => {
    for (const seed of seeds) {
      const pick = numbers(seed);
      const shape = randomPlan(pick);
      const nodes = randomPlaces(shape, pick);
      const pinned = shape.nodes.filter(({ id }) => nodes[id]?.pinned);
      const suggested = wrapped(shape, simpleLayout(shape.nodes, shape.wires), 'down');
      const placed = { direction: 'down' as const, nodes };
      const moves = tidied(shape, placed, suggested);
      const after = { ...nodes, ...moves };
      for (const { id } of pinned) expect(after[id]).toEqual(nodes[id]);
      const notes = randomNotes(shape, pick);
      const clear = { ...notes, ...notesClear(shape, { nodes, notes }, moves) };
      const onNotes = (pair: string) => pair.includes('note');
      const fresh = news(covering(shape, nodes, notes), covering(shape, after, clear));
      expect(fresh.filter(onNotes), `seed ${seed}`).toEqual([]);
      const byHand = covering({ ...shape, nodes: pinned }, nodes);
      expect(news(byHand, covering(shape, after)), `seed ${seed}`).toEqual([]);
      const part = shape.nodes.filter(() => pick(2) === 0).map(({ id }) => id);
      const partly = { ...nodes, ...tidied(shape, placed, suggested, part) };
      for (const { id } of shape.nodes)
        if (!part.includes(id)) expect(partly[id]).toEqual(nodes[id]);
      expect(news(covering(shape, nodes), covering(shape, partly)), `seed ${seed}`).toEqual([]);
    }
  });
});

describe('layouts', () => {
  const chain = (stages: number): PlanShape => {
    const ids = ['in', ...Array.from({ length: stages }, (_, at) => `s${at}`), 'out'];
    return {
      nodes: ids.map((id) => ({
        id,
        kind: id === 'in' ? 'ingress' : id === 'out' ? 'egress' : 'stage',
      })),
      wires: ids.slice(1).map((to, at) => ({ from: ids[at]!, to })),
    };
  };
  const extent = (shape: PlanShape, nodes: Record<string, Position>) => {
    const boxes = shape.nodes.map(({ id, kind }) => boxOf(kind, nodes[id]!));
    return {
      width:
        Math.max(...boxes.map((box) => box.x + box.width)) - Math.min(...boxes.map(({ x }) => x)),
      height:
        Math.max(...boxes.map((box) => box.y + box.height)) - Math.min(...boxes.map(({ y }) => y)),
    };
  };
  const laidOut = (shape: PlanShape, direction: Direction) =>
    wrapped(shape, simpleLayout(shape.nodes, shape.wires, direction), direction);

  test('a short chain stays in one line', () => {
    const shape = chain(6);
    expect(laidOut(shape, 'down')).toEqual(simpleLayout(shape.nodes, shape.wires, 'down'));
  });

  test('a chain of twelve wraps to what a screen shows at full size', () => {
    const shape = chain(12);
    const down = extent(shape, laidOut(shape, 'down'));
    expect(down.height).toBeLessThanOrEqual(770);
    expect(down.width).toBeLessThanOrEqual(960);
    const right = extent(shape, laidOut(shape, 'right'));
    expect(right.width).toBeLessThanOrEqual(1000);
    expect(right.height).toBeLessThanOrEqual(720);
  });

  test('a chain of three hundred has about the shape of a screen', () => {
    const shape = chain(300);
    for (const direction of ['down', 'right'] as const) {
      const nodes = laidOut(shape, direction);
      const { width, height } = extent(shape, nodes);
      expect(width / height).toBeGreaterThan(0.5);
      expect(width / height).toBeLessThan(4);
      expect(covering(shape, nodes)).toEqual(new Set());
    }
  });

  test('the simple layout puts what follows behind where it comes from, as far as its wires need', () => {
    const nodes: PlacedNode[] = ['a', 'b', 'left', 'right', 'c'].map((id) => ({
      id,
      kind: 'stage',
    }));
    const wires = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'left' },
      { from: 'b', to: 'right' },
      { from: 'right', to: 'c' },
    ];
    const at = simpleLayout(nodes, wires);
    const gap = (from: string, to: string) => at[to]!.y - at[from]!.y;
    expect(at['b']!.x).toBe(at['a']!.x);
    expect(at['left']!.x + at['right']!.x).toBe(2 * at['b']!.x);
    expect(at['c']!.x).toBe(at['right']!.x);
    // A router stands behind `b`, and nothing on the other wires.
    expect(gap('b', 'right')).toBeGreaterThan(gap('a', 'b'));
    expect(gap('right', 'c')).toBe(gap('a', 'b'));
  });

  test('the simple layout ends on plans with a circle', () => {
    const nodes: PlacedNode[] = ['a', 'b'].map((id) => ({ id, kind: 'stage' }));
    const wires = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ];
    expect(Object.keys(simpleLayout(nodes, wires)).sort()).toEqual(['a', 'b']);
  });
});

describe('names and notes', () => {
  test('an id that was retyped keeps the place of the old one', () => {
    const placed = { a: { x: 1, y: 2 } };
    const renamed = renamedId(['in', 'a'], ['in', 'ab']);
    expect(renamed).toEqual({ from: 'a', to: 'ab' });
    expect(inheritPosition(renamed!, placed)).toEqual({ ab: { x: 1, y: 2 }, a: null });
    expect(inheritPosition({ from: 'a', to: 'b' }, { ...placed, b: { x: 9, y: 9 } })).toBeNull();
    expect(renamedId(['a'], ['x', 'y'])).toBeNull();
    expect(renamedId(['a'], ['a'])).toBeNull();
  });

  test('notes that are new cover nothing, nor each other', () => {
    const note = { text: 'why', x: 0, y: 0, width: 200, height: 60, about: null };
    const free = { ...note, x: 900 };
    const stage = boxOf('stage', { x: 10, y: 10 });
    const put = notesBeside({ one: note, two: note, free }, [stage]);
    expect(put['free']).toEqual(free);
    const boxes = [stage, ...Object.values(put)];
    for (const [at, box] of boxes.entries())
      for (const other of boxes.slice(at + 1)) expect(overlaps(box, other)).toBe(false);
  });

  test('a note that nobody comes upon stays, also where it lies on a node', () => {
    const note = { text: 'why', x: 10, y: 10, width: 200, height: 60, about: null };
    const nodes: PlacedNode[] = ['a', 'b'].map((id) => ({ id, kind: 'stage' }));
    const standing = { nodes: { a: { x: 0, y: 0 }, b: { x: 0, y: 80 } }, notes: { note } };
    const shape = { nodes, wires: [] };
    expect(notesClear(shape, standing, { b: { x: 0, y: 200 } })).toEqual({});
    // What comes to lie under it sends it off both.
    const b = { x: 100, y: 40 };
    const sent = notesClear(shape, standing, { b })['note']!;
    for (const at of [standing.nodes.a, b]) expect(overlaps(sent, boxOf('stage', at))).toBe(false);
  });

  test('a note goes along with what it is about', () => {
    const note = { text: 'why', x: 300, y: 10, width: 200, height: 60, about: 'a' };
    const layout = {
      ...emptyLayout,
      nodes: { a: { x: 0, y: 0 }, b: { x: 0, y: 80 } },
      notes: { one: note, loose: { ...note, about: null } },
    };
    expect(notesAlong({ a: { x: 5, y: 40 }, b: { x: 9, y: 9 } }, layout)).toEqual({
      one: { ...note, x: 305, y: 50 },
    });
    expect(notesAlong({ a: { x: 0, y: 0 } }, layout)).toEqual({});
    const nodes: PlacedNode[] = ['a', 'b'].map((id) => ({ id, kind: 'stage' }));
    const moves = { a: { x: 0, y: 200 }, b: { x: 320, y: 200 } };
    const clear = notesClear({ nodes, wires: [] }, layout, moves)['one']!;
    expect(overlaps(clear, boxOf('stage', moves.b))).toBe(false);
  });
});
