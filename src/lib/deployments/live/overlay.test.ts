import { describe, expect, it } from 'vitest';
import type { CanvasWire } from '$lib/canvas/model';
import type { ElementMap, Snapshot } from '$lib/compiler';
import { LiveHistory } from './history';
import { liveOverlay, type LiveView, type Shown } from './overlay';

const counters = {
  records_in: 0,
  records_out: 0,
  dropped: 0,
  rejected: 0,
  bytes_in: 0,
  bytes_out: 0,
};
const wire = (from: string, to: string, lanes: string[]): CanvasWire => ({
  id: `${from}->${to}`,
  from,
  to,
  intent: null,
  severity: null,
  inserted: [],
  lanes: lanes.map((id) => ({ id, kind: 'events', capacity: null })),
  errors: 0,
  warnings: 0,
  hints: 0,
});

/** in -> a -> out and in -> b -> other, with a router before a and b. */
const map = {
  lists: [
    {
      path: 'lane_graph.lanes',
      parts: ['in.r', 'r.a', 'r.b', 'a.out', 'b.other'].map((id) => ({ id, elements: [] })),
    },
    {
      path: 'lane_graph.roles',
      parts: [
        { id: 'r', elements: ['in'], kind: 'router' },
        { id: 'a', elements: ['a'] },
        { id: 'b', elements: ['b'] },
      ],
    },
    {
      path: 'single_ring.stages',
      parts: ['a', 'b'].map((id) => ({ id, elements: [id] })),
    },
  ],
} as unknown as ElementMap;
const wires = [
  wire('in', 'a', ['in.r', 'r.a']),
  wire('in', 'b', ['in.r', 'r.b']),
  wire('a', 'out', ['a.out']),
  wire('b', 'other', ['b.other']),
];

interface Lane {
  published?: number;
  depth?: number;
  dropped?: number;
}
const graph = (lanes: readonly Lane[], processed = [0, 0, 0]): Snapshot => ({
  kind: 'lane_graph',
  v: 2,
  counters: { ...counters, records_in: processed[0] ?? 0 },
  lanes: lanes.map(({ published = 0, depth = 0, dropped = 0 }, index) => ({
    index,
    capacity: 8,
    published,
    depth,
    dropped,
    readers: [{ read: published - depth, lag: depth }],
  })),
  roles: processed.map((count, index) => ({ index, processed: count, dropped: 0, rejected: 0 })),
  endpoints: ['in', 'out', 'other'].map((id, index) => ({
    index,
    id,
    ingress: index === 0,
    records: (index === 0 ? processed[0] : lanes[index + 2]?.published) ?? 0,
    bytes: 0,
    rejected: 0,
  })),
  generation: '0000000000000001',
});
const ring = (lag: number): Snapshot => ({
  kind: 'single_ring',
  v: 2,
  slot_bytes: 256,
  capacity: 1024,
  cursor: lag,
  counters,
  stages: [
    { index: 0, gating: lag, lag: 0, processed: lag, dropped: 0, rejected: 0 },
    { index: 1, gating: 0, lag, processed: 0, dropped: 0, rejected: 0 },
  ],
  generation: '0000000000000001',
});

/** The overlay after snapshots that came a second apart, from one agent. */
function shown(
  snapshots: readonly Snapshot[],
  view: LiveView = 'rates',
  change: Partial<Shown> = {},
) {
  const history = new LiveHistory();
  snapshots.forEach((snapshot, at) => history.take('edge', at * 1000, snapshot));
  return liveOverlay({
    map,
    wires,
    boundaries: { ingress: ['in'], egress: ['out', 'other'] },
    snapshots: snapshots.slice(-1),
    rates: history.of(['edge']),
    view,
    stale: false,
    ...change,
  });
}

describe('a graph on the canvas', () => {
  const flowing = [
    graph([{}, {}, {}, {}, {}]),
    graph(
      [{ published: 90 }, { published: 90, depth: 8 }, { published: 90 }, { published: 30 }, {}],
      [90, 82, 90],
    ),
  ];

  it('shows on each wire its rate, and its fill once it is half full', () => {
    const { overlay } = shown(flowing);
    expect(overlay.wires.get('in.r')).toMatchObject({ label: '90/s', blocked: false, mark: null });
    expect(overlay.wires.get('r.a')).toMatchObject({ label: '8/8', blocked: true, mark: 'full' });
    expect(overlay.nodes.get('a')?.counts).toBe('82/s');
    expect(overlay.inserted.get('r')).toBe('90/s');
  });

  it('says of a full lane how much waits, and which stage is behind it', () => {
    const { pressed, slowest } = shown(flowing);
    expect(pressed).toEqual([{ id: 'r.a', mark: 'full', words: 'full, 8 of 8 wait' }]);
    expect(slowest).toEqual({ id: 'a', lag: 8, capacity: 8 });
  });

  it('says what a lane loses now by a sign, a word and a count, in every view', () => {
    const losing = [
      graph([{}, { dropped: 3 }, {}, {}, {}]),
      graph([{}, { dropped: 13, published: 40, depth: 2 }, {}, {}, {}]),
    ];
    for (const view of ['rates', 'lag', 'drops'] as const) {
      const wire = shown(losing, view).overlay.wires.get('r.a');
      expect(wire, view).toMatchObject({ mark: 'drops', blocked: true });
      expect(wire?.label, view).toContain('13 lost');
    }
    expect(shown(losing).pressed).toEqual([
      { id: 'r.a', mark: 'drops', words: 'drops 10/s, 13 lost so far' },
    ]);
    // What it lost before stays told; it isn't losing any more.
    const after = shown([...losing, ...Array.from({ length: 10 }, () => losing[1]!)]);
    expect(after.overlay.wires.get('r.a')).toMatchObject({ mark: null });
    expect(after.overlay.wires.get('r.a')?.label).toContain('13 lost');
    expect(after.pressed).toEqual([]);
  });

  it('says which stage holds what a full lane has no room for', () => {
    const held = graph([{}, {}, {}, {}, {}]);
    if (held.kind === 'lane_graph') held.roles[1]!.state = 'waits_for_room';
    const { nodes } = shown([graph([{}, {}, {}, {}, {}]), held]).overlay;
    expect(nodes.get('a')).toMatchObject({ line: 'waits for room', tone: 'warn' });
    expect(nodes.get('b')).toMatchObject({ tone: 'plain' });
  });

  it('counts each end by itself', () => {
    const { overlay } = shown(flowing);
    expect(overlay.nodes.get('in')?.counts).toBe('90/s');
    expect(overlay.nodes.get('out')?.counts).toBe('30/s');
    expect(overlay.nodes.get('other')?.counts).toBe('0');
  });

  it('keeps the objects of what says the same, and is stale where nobody proves it', () => {
    const before = shown(flowing).overlay;
    const history = new LiveHistory();
    flowing.forEach((snapshot, at) => history.take('edge', at * 1000, snapshot));
    const again = liveOverlay(
      {
        map,
        wires,
        boundaries: { ingress: ['in'], egress: ['out', 'other'] },
        snapshots: flowing.slice(-1),
        rates: history.of(['edge']),
        view: 'rates',
        stale: true,
      },
      before,
    ).overlay;
    for (const [id, value] of again.wires) expect(before.wires.get(id), id).toBe(value);
    for (const [id, value] of again.nodes) expect(before.nodes.get(id), id).toBe(value);
    expect(again.stale).toBe(true);
  });
});

describe('a ring on the canvas', () => {
  it('shows how far each stage is behind, and how much of the ring is held', () => {
    const { overlay, ring: held, pressed } = shown([ring(0), ring(40)]);
    expect(overlay.wires.get('in->a')).toMatchObject({ label: 'lag 0', mark: null });
    expect(overlay.wires.get('in->b')).toMatchObject({ label: 'lag 40', blocked: false });
    expect(held).toEqual({ depth: 40, capacity: 1024 });
    expect(pressed).toEqual([]);
  });

  it('says that it is full, and for which stage it waits', () => {
    const { overlay, pressed } = shown([ring(1024)]);
    expect(overlay.wires.get('in->b')).toMatchObject({ mark: 'full', blocked: true });
    expect(pressed).toEqual([
      { id: 'b', mark: 'full', words: 'the ring is full, 1,024 of 1,024 wait for it' },
    ]);
  });
});
