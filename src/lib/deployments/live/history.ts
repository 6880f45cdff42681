import type { Snapshot } from '$lib/compiler';
import type { RoleSnapshot } from '$lib/compiler/types';

/** What a snapshot counts of its stages (roles of a graph) and lanes, by their index in the spec. */
interface Reading {
  /** When it was taken (ms). */
  at: number;
  generation: string;
  processed: Float64Array;
  dropped: Float64Array;
  rejected: Float64Array;
  /** Records that were written, by lane; of a ring what came in. */
  published: Float64Array;
  /** Records that a full lane discarded, by lane; a ring discards none. */
  discarded: Float64Array;
  /** Records at each ingress and egress of a graph. */
  carried: Float64Array;
  recordsIn: number;
  recordsOut: number;
}

type Counter = 'processed' | 'dropped' | 'rejected' | 'published' | 'discarded' | 'carried';

/** How far back a rate looks (ms): long enough to be steady, short enough to follow. */
const WINDOW_MS = 8_000;
/** What a sparkline shows. */
const KEPT = 24;

/** The last readings of each agent of a deployment. A runtime that was recreated begins anew. */
export class LiveHistory {
  readonly #byAgent = new Map<string, readonly Reading[]>();

  /** Takes what an agent counted; the same reading again changes nothing. */
  take(agentId: string, at: number, snapshot: Snapshot): void {
    const known = this.#byAgent.get(agentId) ?? [];
    const last = known.at(-1);
    if (last && last.at >= at) return;
    const next = readingOf(at, snapshot);
    const same = last?.generation === next.generation && sameShape(last, next);
    this.#byAgent.set(agentId, [...(same ? known : []), next].slice(-KEPT));
  }

  /** The rates of some agents together. */
  of(agentIds: readonly string[]): LiveRates {
    return new LiveRates(agentIds.map((id) => this.#byAgent.get(id) ?? []));
  }
}

/** Rates between readings, summed over agents. */
export class LiveRates {
  readonly #readings: readonly (readonly Reading[])[];

  constructor(readings: readonly (readonly Reading[])[]) {
    this.#readings = readings;
  }

  /** Events a second of one counter of one stage or lane; null before a second reading came. */
  rate(counter: Counter, index: number): number | null {
    return this.#sum(
      (before, after) => (after[counter][index] ?? 0) - (before[counter][index] ?? 0),
    );
  }

  /** Records a second in, and out, of the whole. */
  recordsIn(): number | null {
    return this.#sum((before, after) => after.recordsIn - before.recordsIn);
  }

  recordsOut(): number | null {
    return this.#sum((before, after) => after.recordsOut - before.recordsOut);
  }

  /** A stage's records a second between consecutive readings, the oldest first. */
  course(index: number): number[] {
    const steps: number[] = [];
    for (const readings of this.#readings) {
      for (let back = 1; back < readings.length; back += 1) {
        const after = readings[readings.length - back];
        const before = readings[readings.length - back - 1];
        if (!after || !before) continue;
        const records = (after.processed[index] ?? 0) - (before.processed[index] ?? 0);
        steps[back - 1] = (steps[back - 1] ?? 0) + (records * 1000) / (after.at - before.at);
      }
    }
    return steps.reverse();
  }

  #sum(of: (before: Reading, after: Reading) => number): number | null {
    let sum: number | null = null;
    for (const readings of this.#readings) {
      const after = readings.at(-1);
      const before = after && readings.find(({ at }) => after.at - at <= WINDOW_MS);
      if (!after || !before || before === after) continue;
      sum = (sum ?? 0) + Math.max(0, of(before, after) * 1000) / (after.at - before.at);
    }
    return sum;
  }
}

type Handled = Pick<RoleSnapshot, 'processed' | 'dropped' | 'rejected'>;

function readingOf(at: number, snapshot: Snapshot): Reading {
  const ring = snapshot.kind === 'single_ring';
  const handled: readonly Handled[] = ring ? snapshot.stages : snapshot.roles;
  const lanes = ring ? [] : snapshot.lanes;
  const by = (of: (one: Handled) => number) => Float64Array.from(handled, (one) => of(one));
  return {
    at,
    generation: String(snapshot.generation),
    processed: by((one) => one.processed),
    dropped: by((one) => one.dropped),
    rejected: by((one) => one.rejected),
    published: ring
      ? Float64Array.of(snapshot.cursor)
      : Float64Array.from(lanes, (lane) => lane.published),
    discarded: Float64Array.from(lanes, (lane) => lane.dropped),
    carried: Float64Array.from((ring ? null : snapshot.endpoints) ?? [], (end) => end.records),
    recordsIn: snapshot.counters.records_in,
    recordsOut: snapshot.counters.records_out,
  };
}

const sameShape = (a: Reading, b: Reading): boolean =>
  a.processed.length === b.processed.length && a.published.length === b.published.length;
