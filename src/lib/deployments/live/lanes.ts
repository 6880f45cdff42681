import type { WireOverlay } from '$lib/canvas/overlay';
import type { ElementMap, Snapshot } from '$lib/compiler';
import { rateWords } from '$lib/overview/numbers';
import type { LiveRates } from './history';
import type { LiveView } from './overlay';

/** One lane of the spec as the shown agents count it. */
export interface LaneNow {
  id: string;
  /** Its place in the spec. */
  index: number;
  /** What waits for its slowest reader, where that is the most. */
  depth: number;
  /** What it holds for each reader; 0 where only its bytes are bounded. */
  capacity: number;
  /** Records that it lost because it was full, in all. */
  dropped: number;
  /** Records of a journal that were overwritten before its slowest reader came. */
  overwritten: number;
  /** Records a second that it loses now; null before a second reading came. */
  losing: number | null;
}

/** A lane or ring that stands full or loses records, in words. */
export interface Pressed {
  /** Of the lane; of a ring that of the stage that is behind. */
  id: string;
  mark: NonNullable<WireOverlay['mark']>;
  /** `full, 1,024 of 1,024 wait`. */
  words: string;
}

const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
export const count = (value: number): string => numbers.format(value);

/** From this fill on a wire tells its fill instead of its rate, and stands out. */
const HALF = 0.5;

/** The lanes of a graph, by their ids. */
export function lanesNow(
  map: ElementMap,
  snapshots: readonly Snapshot[],
  rates: LiveRates,
): Map<string, LaneNow> {
  const list = map.lists.find(({ path }) => path === 'lane_graph.lanes')?.parts ?? [];
  return new Map(
    list.map(({ id }, index) => {
      const lane: LaneNow = {
        id,
        index,
        depth: 0,
        capacity: 0,
        dropped: 0,
        overwritten: 0,
        losing: rates.rate('discarded', index),
      };
      for (const snapshot of snapshots) {
        const of = snapshot.kind === 'lane_graph' ? snapshot.lanes[index] : undefined;
        if (!of) continue;
        lane.depth = Math.max(lane.depth, of.depth);
        lane.capacity = of.capacity;
        lane.dropped += of.dropped;
        lane.overwritten += of.readers.reduce((most, { lost }) => Math.max(most, lost ?? 0), 0);
      }
      return [id, lane];
    }),
  );
}

export const isFull = ({ depth, capacity }: { depth: number; capacity: number }): boolean =>
  capacity > 0 && depth >= capacity;

export function markOf(lane: LaneNow): WireOverlay['mark'] {
  if ((lane.losing ?? 0) > 0) return 'drops';
  return isFull(lane) ? 'full' : null;
}

/** How much waits, of how much room there is. */
export function fillWords({ depth, capacity }: { depth: number; capacity: number }): string {
  return capacity > 0 ? `${count(depth)}/${count(capacity)}` : count(depth);
}

/** What stands on the wire of a lane: in every view what it lost, and how full it is once that tells. */
export function laneWire(lane: LaneNow, view: LiveView, rates: LiveRates): WireOverlay {
  const rate = rates.rate('published', lane.index);
  const filling = lane.capacity > 0 && lane.depth >= lane.capacity * HALF;
  const mark = markOf(lane);
  const lost = [
    lane.dropped > 0 || view === 'drops' ? `${count(lane.dropped)} lost` : '',
    lane.overwritten > 0 ? `${count(lane.overwritten)} overwritten` : '',
  ];
  const level = view === 'lag' || filling || rate === null ? fillWords(lane) : rateWords(rate);
  return {
    label: [view === 'drops' ? '' : level, ...lost].filter(Boolean).join(', '),
    current: false,
    blocked: filling || mark !== null,
    mark,
  };
}

/** The lanes that stand full or lose records now, the worst first. */
export function pressedLanes(lanes: Iterable<LaneNow>): Pressed[] {
  return [...lanes]
    .flatMap((lane) => {
      const mark = markOf(lane);
      return mark ? [{ lane, mark }] : [];
    })
    .sort((a, b) => (b.lane.losing ?? 0) - (a.lane.losing ?? 0) || b.lane.depth - a.lane.depth)
    .map(({ lane, mark }) => ({
      id: lane.id,
      mark,
      words:
        mark === 'drops'
          ? `drops ${rateWords(lane.losing ?? 0)}, ${count(lane.dropped)} lost so far`
          : `full, ${count(lane.depth)} of ${count(lane.capacity)} wait`,
    }));
}
