import type { CanvasWire } from '$lib/canvas/model';
import type { CanvasOverlay, NodeOverlay, WireOverlay } from '$lib/canvas/overlay';
import type { ElementMap, Snapshot } from '$lib/compiler';
import { rateWords } from '$lib/overview/numbers';
import type { LiveRates } from './history';
import {
  count,
  fillWords,
  isFull,
  laneWire,
  lanesNow,
  pressedLanes,
  type LaneNow,
  type Pressed,
} from './lanes';

/** What the canvas is about: what goes through, how far stages are behind, or what they take out. */
export type LiveView = 'rates' | 'lag' | 'drops';

export interface Shown {
  map: ElementMap;
  wires: readonly CanvasWire[];
  /** The ends of the pipeline, as the plan names them. */
  boundaries: { ingress: readonly string[]; egress: readonly string[] };
  /** The newest of each agent that is shown. */
  snapshots: readonly Snapshot[];
  rates: LiveRates;
  view: LiveView;
  /** They are old: what they show is greyed. */
  stale: boolean;
}

/** What stands on the canvas, the stage that is furthest behind, and where records can't go on. */
export interface LiveOverlay {
  overlay: CanvasOverlay;
  slowest: { id: string; lag: number; capacity: number } | null;
  pressed: readonly Pressed[];
  /** Of a ring: how many of its records the slowest stage holds, of how many; null for a graph. */
  ring: { depth: number; capacity: number } | null;
}

/** What one stage of the plan counts, over its shards and all agents. */
interface StageSum {
  indexes: number[];
  processed: number;
  dropped: number;
  rejected: number;
  lag: number;
  capacity: number;
  /** It holds what a full lane has no room for, on one of the agents. */
  waits: boolean;
}

/** From this fill on a stage is marked as slow: what is less comes and goes by itself. */
const SLOW = 0.05;

/** Rates, lags and drops of a running pipeline, on its plan. Both forms of a snapshot are read. */
export function liveOverlay(shown: Shown, before: CanvasOverlay | null = null): LiveOverlay {
  const ring = shown.snapshots[0]?.kind !== 'lane_graph';
  const lanes = ring
    ? new Map<string, LaneNow>()
    : lanesNow(shown.map, shown.snapshots, shown.rates);
  const stages = stageSums(shown, ring, lanes);
  const slowest = slowestOf(stages);
  const nodes = new Map<string, NodeOverlay>();
  for (const [id, sum] of stages) nodes.set(id, nodeOf(sum, shown, slowest?.id === id));
  for (const [id, rate] of boundaryRates(shown, ring)) {
    nodes.set(id, plain(rate === null ? '' : rateWords(rate), ''));
  }
  const wires = ring
    ? ringWires(shown, stages)
    : new Map([...lanes].map(([id, lane]) => [id, laneWire(lane, shown.view, shown.rates)]));
  return {
    overlay: {
      nodes: kept(nodes, before?.nodes),
      wires: kept(wires, before?.wires),
      inserted: insertedRates(shown),
      stale: shown.stale,
    },
    slowest,
    pressed: ring ? pressedRing(slowest) : pressedLanes(lanes.values()),
    ring: ring ? ringOf(shown.snapshots) : null,
  };
}

/** The ring that is filled the most, of several agents. */
function ringOf(snapshots: readonly Snapshot[]): LiveOverlay['ring'] {
  let fullest: LiveOverlay['ring'] = null;
  for (const snapshot of snapshots) {
    if (snapshot.kind !== 'single_ring') continue;
    const depth = snapshot.stages.reduce((most, { lag }) => Math.max(most, lag), 0);
    if (!fullest || depth > fullest.depth) fullest = { depth, capacity: snapshot.capacity };
  }
  return fullest;
}

function pressedRing(slowest: LiveOverlay['slowest']): Pressed[] {
  if (!slowest || !isFull({ depth: slowest.lag, capacity: slowest.capacity })) return [];
  return [
    {
      id: slowest.id,
      mark: 'full',
      words: `the ring is full, ${count(slowest.lag)} of ${count(slowest.capacity)} wait for it`,
    },
  ];
}

/** What comes in and leaves: of a ring all that it counts, of a graph what each end counts. */
function boundaryRates(
  { boundaries: { ingress, egress }, snapshots, rates }: Shown,
  ring: boolean,
): [id: string, rate: number | null][] {
  if (ring) {
    return [
      ...ingress.map((id): [string, number | null] => [id, rates.recordsIn()]),
      ...egress.map((id): [string, number | null] => [id, rates.recordsOut()]),
    ];
  }
  const [snapshot] = snapshots;
  const ends = (snapshot?.kind === 'lane_graph' ? snapshot.endpoints : undefined) ?? [];
  return [...ingress, ...egress].map((id) => {
    const at = ends.findIndex((end) => end.id === id);
    return [id, at < 0 ? null : rates.rate('carried', at)];
  });
}

const plain = (counts: string, line: string, spark?: readonly number[]): NodeOverlay => ({
  counts,
  line,
  tone: 'plain',
  breakpoint: false,
  ...(spark ? { spark } : {}),
});

function partsOf(map: ElementMap, path: string) {
  return map.lists.find((list) => list.path === path)?.parts ?? [];
}

function stageSums(
  { map, snapshots, wires }: Shown,
  ring: boolean,
  lanes: ReadonlyMap<string, LaneNow>,
): Map<string, StageSum> {
  const sums = new Map<string, StageSum>();
  partsOf(map, ring ? 'single_ring.stages' : 'lane_graph.roles').forEach((part, index) => {
    const [id] = part.elements;
    if (id === undefined || part.kind !== undefined) return;
    const sum = sums.get(id) ?? {
      indexes: [],
      processed: 0,
      dropped: 0,
      rejected: 0,
      lag: 0,
      capacity: 0,
      waits: false,
    };
    sum.indexes.push(index);
    for (const snapshot of snapshots) {
      if (snapshot.kind === 'single_ring') {
        const stage = snapshot.stages[index];
        if (!stage) continue;
        add(sum, stage);
        sum.lag = Math.max(sum.lag, stage.lag);
        sum.capacity = snapshot.capacity;
      } else {
        const role = snapshot.roles[index];
        if (!role) continue;
        add(sum, role);
        sum.waits ||= role.state === 'waits_for_room';
      }
    }
    sums.set(id, sum);
  });
  if (ring) return sums;
  // Of a graph a stage is as far behind as the fullest lane into it.
  for (const { to, lanes: into } of wires) {
    const sum = sums.get(to);
    const lane = lanes.get(into.at(-1)?.id ?? '');
    if (!sum || !lane || lane.depth < sum.lag) continue;
    sum.lag = lane.depth;
    sum.capacity = lane.capacity;
  }
  return sums;
}

function add(sum: StageSum, one: { processed: number; dropped: number; rejected: number }): void {
  sum.processed += one.processed;
  sum.dropped += one.dropped;
  sum.rejected += one.rejected;
}

function slowestOf(stages: ReadonlyMap<string, StageSum>): LiveOverlay['slowest'] {
  let slowest: LiveOverlay['slowest'] = null;
  for (const [id, { lag, capacity }] of stages) {
    if (lag === 0 || lag < capacity * SLOW || lag <= (slowest?.lag ?? 0)) continue;
    slowest = { id, lag, capacity };
  }
  return slowest;
}

function nodeOf(sum: StageSum, { rates, view }: Shown, slow: boolean): NodeOverlay {
  const rate = (counter: 'processed' | 'dropped' | 'rejected') =>
    sum.indexes.reduce<number | null>((total, index) => {
      const one = rates.rate(counter, index);
      return one === null ? total : (total ?? 0) + one;
    }, null);
  const [processed, dropped, rejected] = [rate('processed'), rate('dropped'), rate('rejected')];
  const spark = rates.course(sum.indexes[0] ?? 0);
  const counts = {
    rates: processed === null ? count(sum.processed) : rateWords(processed),
    lag: fillWords({ depth: sum.lag, capacity: sum.capacity }),
    drops: count(sum.dropped),
  }[view];
  const behind = `${count(sum.lag)} behind`;
  if (view === 'drops') {
    const line = `${count(sum.rejected)} rejected`;
    return { ...plain(counts, line, spark), tone: sum.rejected > 0 ? 'danger' : 'plain' };
  }
  if (slow && view === 'lag') return { ...plain(counts, 'slowest', spark), tone: 'warn' };
  if (rejected !== null && rejected > 0)
    return { ...plain(counts, `${rateWords(rejected)} rejected`, spark), tone: 'danger' };
  if (slow) return { ...plain(counts, behind, spark), tone: 'warn' };
  if (sum.waits) return { ...plain(counts, 'waits for room', spark), tone: 'warn' };
  if (view === 'lag') return plain(counts, processed === null ? '' : rateWords(processed), spark);
  if (dropped !== null && dropped > 0) return plain(counts, `${rateWords(dropped)} dropped`, spark);
  return plain(counts, processed === null ? 'counted so far' : 'none dropped', spark);
}

/** A ring has no lane between two stages: what waits there is what the second has still to take. */
function ringWires(
  { wires }: Shown,
  stages: ReadonlyMap<string, StageSum>,
): Map<string, WireOverlay> {
  return new Map(
    wires.flatMap(({ id, to }) => {
      const sum = stages.get(to);
      if (!sum) return [];
      const blocked = isFull({ depth: sum.lag, capacity: sum.capacity });
      const mark = blocked ? ('full' as const) : null;
      return [[id, { label: `lag ${count(sum.lag)}`, current: false, blocked, mark }]];
    }),
  );
}

/** Bridges, routers and merges tell what goes through them. */
function insertedRates({ map, rates }: Shown): Map<string, string> {
  return new Map(
    partsOf(map, 'lane_graph.roles').flatMap((part, index) => {
      const rate = part.kind === undefined ? null : rates.rate('processed', index);
      return rate === null ? [] : [[part.id, rateWords(rate)]];
    }),
  );
}

/** The objects of the overlay before in the place of those that say the same: views look at what changed. */
function kept<T extends object>(
  now: ReadonlyMap<string, T>,
  before: ReadonlyMap<string, T> | undefined,
): ReadonlyMap<string, T> {
  if (!before) return now;
  const alike = (a: unknown, b: unknown) =>
    Array.isArray(a) && Array.isArray(b)
      ? a.length === b.length && a.every((value, at) => value === b[at])
      : a === b;
  const same = (a: T, b: T) =>
    (Object.keys(a) as (keyof T)[]).every((key) => alike(a[key], b[key]));
  return new Map(
    [...now].map(([id, value]): [string, T] => {
      const old = before.get(id);
      return [id, old && same(old, value) ? old : value];
    }),
  );
}
