import type { CanvasWire } from '$lib/canvas/model';
import type { CanvasOverlay, NodeOverlay, WireOverlay } from '$lib/canvas/overlay';
import type { ElementMap, Snapshot } from '$lib/compiler';
import { rateWords } from '$lib/overview/numbers';
import type { LiveHistory } from './history';

/** What the canvas is about: what goes through, how far stages are behind, or what they take out. */
export type LiveView = 'rates' | 'lag' | 'drops';

export interface Shown {
  map: ElementMap;
  wires: readonly CanvasWire[];
  boundaries: { ingress: string | undefined; egress: string | undefined };
  /** The newest of each agent that is heard and runs it. */
  snapshots: readonly Snapshot[];
  history: LiveHistory;
  view: LiveView;
}

/** What stands on the canvas, and the stage that is furthest behind. */
export interface LiveOverlay {
  overlay: CanvasOverlay;
  slowest: { id: string; lag: number; capacity: number } | null;
}

/** What one stage of the plan counts, over its shards and all agents. */
interface StageSum {
  indexes: number[];
  processed: number;
  dropped: number;
  rejected: number;
  lag: number;
  capacity: number;
}

/** From this fill on a stage is marked as slow: what is less comes and goes by itself. */
const SLOW = 0.05;

const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const count = (value: number) => numbers.format(value);

/** Rates, lags and drops of a running pipeline, on its plan. Both forms of a snapshot are read. */
export function liveOverlay(shown: Shown, before: CanvasOverlay | null = null): LiveOverlay {
  const ring = shown.snapshots[0]?.kind !== 'lane_graph';
  const lanes = ring ? new Map<string, LaneSum>() : laneSums(shown);
  const stages = stageSums(shown, ring, lanes);
  const slowest = slowestOf(stages);
  const nodes = new Map<string, NodeOverlay>();
  for (const [id, sum] of stages) nodes.set(id, nodeOf(sum, shown, slowest?.id === id));
  const { ingress, egress } = shown.boundaries;
  const boundary = (id: string | undefined, rate: number | null) => {
    if (id !== undefined) nodes.set(id, plain(rate === null ? '' : rateWords(rate), ''));
  };
  boundary(ingress, shown.history.recordsIn());
  boundary(egress, shown.history.recordsOut());
  const wires = ring ? ringWires(shown, stages) : laneWires(shown, lanes);
  return {
    overlay: {
      nodes: kept(nodes, before?.nodes),
      wires: kept(wires, before?.wires),
      inserted: insertedRates(shown),
    },
    slowest,
  };
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
  lanes: ReadonlyMap<string, LaneSum>,
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
        if (role) add(sum, role);
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

function nodeOf(sum: StageSum, { history, view }: Shown, slow: boolean): NodeOverlay {
  const rate = (counter: 'processed' | 'dropped' | 'rejected') =>
    sum.indexes.reduce<number | null>((total, index) => {
      const one = history.rate(counter, index);
      return one === null ? total : (total ?? 0) + one;
    }, null);
  const [processed, dropped, rejected] = [rate('processed'), rate('dropped'), rate('rejected')];
  const spark = history.course(sum.indexes[0] ?? 0);
  const counts = {
    rates: processed === null ? count(sum.processed) : rateWords(processed),
    lag: sum.capacity > 0 ? `${count(sum.lag)}/${count(sum.capacity)}` : count(sum.lag),
    drops: count(sum.dropped),
  }[view];
  const behind = `slowest, ${count(sum.lag)} behind`;
  if (view === 'drops') {
    const line = `${count(sum.rejected)} rejected`;
    return { ...plain(counts, line, spark), tone: sum.rejected > 0 ? 'danger' : 'plain' };
  }
  if (slow && view === 'lag') return { ...plain(counts, 'slowest', spark), tone: 'warn' };
  if (rejected !== null && rejected > 0)
    return { ...plain(counts, `${rateWords(rejected)} rejected`, spark), tone: 'danger' };
  if (slow) return { ...plain(counts, behind, spark), tone: 'warn' };
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
      const blocked = sum.capacity > 0 && sum.lag >= sum.capacity;
      return [[id, { label: `lag ${count(sum.lag)}`, current: false, blocked }]];
    }),
  );
}

interface LaneSum {
  index: number;
  depth: number;
  capacity: number;
  dropped: number;
}

function laneSums({ map, snapshots }: Shown): Map<string, LaneSum> {
  return new Map(
    partsOf(map, 'lane_graph.lanes').map(({ id }, index) => {
      const sum: LaneSum = { index, depth: 0, capacity: 0, dropped: 0 };
      for (const snapshot of snapshots) {
        const lane = snapshot.kind === 'lane_graph' ? snapshot.lanes[index] : undefined;
        if (!lane) continue;
        sum.depth = Math.max(sum.depth, lane.depth);
        sum.capacity = lane.capacity;
        sum.dropped += lane.dropped;
      }
      return [id, sum];
    }),
  );
}

function laneWires(
  { history, view }: Shown,
  lanes: ReadonlyMap<string, LaneSum>,
): Map<string, WireOverlay> {
  return new Map(
    [...lanes].map(([id, lane]) => {
      const rate = history.rate('published', lane.index);
      const full = lane.capacity > 0 && lane.depth >= lane.capacity * 0.5;
      const fill = `${count(lane.depth)}/${count(lane.capacity)}`;
      const label =
        view === 'drops'
          ? `${count(lane.dropped)} lost`
          : view === 'lag' || full || rate === null
            ? fill
            : rateWords(rate);
      return [
        id,
        { label, current: false, blocked: full || (view === 'drops' && lane.dropped > 0) },
      ];
    }),
  );
}

/** Bridges, routers and merges tell what goes through them. */
function insertedRates({ map, history }: Shown): Map<string, string> {
  return new Map(
    partsOf(map, 'lane_graph.roles').flatMap((part, index) => {
      const rate = part.kind === undefined ? null : history.rate('processed', index);
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
