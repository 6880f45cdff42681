import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/lib/compiler/types.ts';
import {
  DROPPED_WITHIN_MILLIS,
  FULL_FOR_MILLIS,
  lastingPressure,
  PRESSED_KEPT,
  pressedAfter,
  samePressure,
  type PressedLane,
  type PressureReading,
} from './pressure.ts';

const began = Date.parse('2026-11-29T12:00:00.000Z');
const counters = {
  records_in: 0,
  records_out: 0,
  dropped: 0,
  rejected: 0,
  bytes_in: 0,
  bytes_out: 0,
};

interface Lane {
  depth?: number;
  capacity?: number;
  dropped?: number;
}
const graph = (lanes: readonly Lane[], generation = '0000000000000001'): Snapshot => ({
  kind: 'lane_graph',
  v: 2,
  counters,
  lanes: lanes.map(({ depth = 0, capacity = 4, dropped = 0 }, index) => ({
    index,
    id: `l${index}`,
    capacity,
    published: 0,
    depth,
    dropped,
    readers: [],
  })),
  roles: [],
  generation,
});
const ring = (lag: number): Snapshot => ({
  kind: 'single_ring',
  v: 2,
  slot_bytes: 256,
  capacity: 1024,
  cursor: lag,
  counters,
  stages: [
    { index: 0, gating: lag, lag: 0, processed: 0, dropped: 0, rejected: 0 },
    { index: 1, gating: 0, lag, processed: 0, dropped: 0, rejected: 0 },
  ],
  generation: '0000000000000001',
});

/** Reads one snapshot after the other, `seconds` apart. */
function after(snapshots: readonly Snapshot[], seconds = 1): readonly PressedLane[] {
  let reading: PressureReading | null = null;
  for (const [count, snapshot] of snapshots.entries()) {
    const at = new Date(began + count * seconds * 1000);
    reading = { snapshot, at, pressed: pressedAfter(reading, snapshot, at) };
  }
  return reading?.pressed ?? [];
}
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('a lane that stands full', () => {
  const full = graph([{ depth: 4 }, { depth: 3 }]);

  it('is a burst at first, and pressure once it lasts', () => {
    const readings = FULL_FOR_MILLIS / 1000;
    expect(after(times(readings, full))).toMatchObject([{ lane: 'l0', kind: 'full' }]);
    expect(lastingPressure(after(times(readings, full)))).toEqual([]);
    expect(lastingPressure(after(times(readings + 1, full)))).toMatchObject([
      { lane: 'l0', kind: 'full', since: new Date(began).toISOString() },
    ]);
  });

  it('begins anew when it had room, when nothing proves the time between, and with another runtime', () => {
    const roomy = graph([{ depth: 1 }]);
    expect(lastingPressure(after([...times(40, full), roomy, full]))).toEqual([]);
    expect(lastingPressure(after(times(3, full), 20))).toEqual([]);
    const other = graph([{ depth: 4 }], '0000000000000002');
    expect(lastingPressure(after([...times(40, full), other]))).toEqual([]);
  });

  it('is the ring where a stage holds all of it, and never a lane that is bounded by its bytes', () => {
    expect(after([ring(1024)])).toMatchObject([{ lane: 'ring', kind: 'full' }]);
    expect(after([ring(1023)])).toEqual([]);
    expect(after([graph([{ depth: 9_999, capacity: 0 }])])).toEqual([]);
  });
});

describe('a lane that discards', () => {
  it('counts what it discarded between readings, and nothing that was before the first', () => {
    expect(after([graph([{ dropped: 500 }])])).toEqual([]);
    const counted = [500, 510, 510, 517].map((dropped) => graph([{ dropped }]));
    expect(after(counted)).toMatchObject([
      { lane: 'l0', kind: 'dropping', dropped: 17, since: new Date(began + 1000).toISOString() },
    ]);
  });

  it('is over a minute after its last one', () => {
    const quiet = DROPPED_WITHIN_MILLIS / 1000;
    const counted = [graph([{}]), graph([{ dropped: 1 }])];
    const still = graph([{ dropped: 1 }]);
    expect(after([...counted, ...times(quiet, still)])).toHaveLength(1);
    expect(after([...counted, ...times(quiet + 1, still)])).toEqual([]);
  });

  it('counts a runtime that was recreated from its first reading on', () => {
    const fresh = graph([{ dropped: 3 }], '0000000000000002');
    expect(after([graph([{ dropped: 1 }]), fresh])).toEqual([]);
  });
});

it('keeps so many of a graph of a thousand lanes, those that are pressed the longest first', () => {
  const lanes = Array.from({ length: 1000 }, (_, at) => ({ depth: at >= 500 ? 4 : 0 }));
  const all = lanes.map(() => ({ depth: 4 }));
  const pressed = after([graph(lanes), graph(all)]);
  expect(pressed).toHaveLength(PRESSED_KEPT);
  expect(pressed.every(({ since }) => since === new Date(began).toISOString())).toBe(true);
});

it('is the same for a page as long as the lanes and kinds are', () => {
  const one = (dropped: number): PressedLane => ({
    lane: 'l0',
    kind: 'dropping',
    since: new Date(began).toISOString(),
    last: new Date(began + dropped).toISOString(),
    dropped,
  });
  expect(samePressure([one(1)], [one(9)])).toBe(true);
  expect(samePressure([one(1)], [{ ...one(1), lane: 'l1' }])).toBe(false);
  expect(samePressure([one(1)], [])).toBe(false);
});
