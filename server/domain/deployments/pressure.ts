/**
 * Where records can't go on: lanes that stand full, and lanes that discard because they do. A pure
 * function of two readings of one runtime, so that what is said was counted and not foreseen.
 */
import type { Snapshot } from '../../../src/lib/compiler/types.ts';

/** Shorter than this a full lane is a burst (ms). */
export const FULL_FOR_MILLIS = 30_000;
/** So long after its last discarded record a lane counts as dropping (ms). */
export const DROPPED_WITHIN_MILLIS = 60_000;
/** Two readings that are further apart prove nothing of the time between them (ms). */
const GAP_MILLIS = 15_000;
/** Lanes that are kept of one runtime, those first that are pressed the longest. */
export const PRESSED_KEPT = 16;

/** A lane that stands full, or discarded, at a reading. Instants are ISO texts: it is kept as JSON. */
export interface PressedLane {
  /** Its id in the spec; where the agent doesn't say it `lane 3`, and `ring` of a ring. */
  lane: string;
  kind: 'full' | 'dropping';
  since: string;
  /** The last reading at which it was so. */
  last: string;
  /** Records that it discarded since then; 0 of a full one. */
  dropped: number;
}

export interface PressureReading {
  snapshot: Snapshot;
  at: Date;
  pressed: readonly PressedLane[];
}

interface LaneCount {
  lane: string;
  full: boolean;
  dropped: number;
}

/** What is pressed after a reading; `before` is the one before it of the same deployment and agent. */
export function pressedAfter(
  before: PressureReading | null,
  snapshot: Snapshot,
  now: Date,
): PressedLane[] {
  const goesOn =
    before !== null &&
    before.snapshot.kind === snapshot.kind &&
    String(before.snapshot.generation) === String(snapshot.generation);
  const known = goesOn ? before.pressed : [];
  const near = goesOn && now.getTime() - before.at.getTime() <= GAP_MILLIS;
  const counted = goesOn ? new Map(lanesOf(before.snapshot).map((one) => [one.lane, one])) : null;
  const at = now.toISOString();
  const pressed = lanesOf(snapshot).flatMap(({ lane, full, dropped }): PressedLane[] => {
    const was = (kind: PressedLane['kind']) =>
      known.find((one) => one.lane === lane && one.kind === kind);
    const lost = Math.max(0, dropped - (counted?.get(lane)?.dropped ?? dropped));
    const dropping = dropsAfter(was('dropping'), lane, lost, at);
    const since = (near && was('full')?.since) || at;
    return [
      ...(full ? [{ lane, kind: 'full' as const, since, last: at, dropped: 0 }] : []),
      ...(dropping ? [dropping] : []),
    ];
  });
  return pressed
    .sort((a, b) => a.since.localeCompare(b.since) || b.dropped - a.dropped)
    .slice(0, PRESSED_KEPT);
}

function dropsAfter(
  was: PressedLane | undefined,
  lane: string,
  lost: number,
  at: string,
): PressedLane | null {
  if (lost > 0) {
    const { since = at, dropped = 0 } = was ?? {};
    return { lane, kind: 'dropping', since, last: at, dropped: dropped + lost };
  }
  const over = was && Date.parse(at) - Date.parse(was.last) > DROPPED_WITHIN_MILLIS;
  return was && !over ? was : null;
}

function lanesOf(snapshot: Snapshot): LaneCount[] {
  if (snapshot.kind === 'single_ring') {
    const lag = snapshot.stages.reduce((most, stage) => Math.max(most, stage.lag), 0);
    return [{ lane: 'ring', full: isFull(lag, snapshot.capacity), dropped: 0 }];
  }
  return snapshot.lanes.map(({ index, id, depth, capacity, dropped }) => ({
    lane: id ?? `lane ${index}`,
    full: isFull(depth, capacity),
    dropped,
  }));
}

/** A lane without a capacity is bounded by its bytes alone, and never full. */
const isFull = (depth: number, capacity: number): boolean => capacity > 0 && depth >= capacity;

/** Those that health is judged by: what drops, and what stood full long enough at its last reading. */
export function lastingPressure(pressed: readonly PressedLane[]): PressedLane[] {
  return pressed.filter(
    ({ kind, since, last }) =>
      kind === 'dropping' || Date.parse(last) - Date.parse(since) >= FULL_FOR_MILLIS,
  );
}

/** Whether a page shows them otherwise: another lane, or another kind. */
export function samePressure(a: readonly PressedLane[], b: readonly PressedLane[]): boolean {
  const words = (all: readonly PressedLane[]) =>
    lastingPressure(all)
      .map(({ lane, kind }) => `${kind} ${lane}`)
      .sort()
      .join('\n');
  return words(a) === words(b);
}
