/** Records a second, from counters that were read now and then. */

export const MINUTE_MILLIS = 60_000;
/** What a sparkline shows. */
export const MINUTES_KEPT = 60;

/** What one runtime had counted at an instant. */
export interface Counted {
  at: Date;
  recordsIn: number;
  rejected: number;
  /** Another one is another runtime, which counts from 0. */
  generation: string;
}

export interface Rates {
  /** Records and rejects a second, since about a minute; null where nothing can be said. */
  perSecond: number | null;
  rejectedPerSecond: number | null;
  /** Records a second in each of the last {@link MINUTES_KEPT} minutes, the oldest first. */
  minutes: number[];
}

/** A rate over less than this says too little (ms). */
const LEAST_MILLIS = 20_000;

/**
 * The rates of one runtime: `readings` are the first of each minute, `last` is the newest. What
 * happened between two readings is spread evenly over the minutes between them; a restart begins anew.
 */
export function ratesOf(readings: readonly Counted[], last: Counted | null, now: Date): Rates {
  const all = [...readings, ...(last ? [last] : [])].sort(
    (a, b) => a.at.getTime() - b.at.getTime(),
  );
  const minutes = Array.from({ length: MINUTES_KEPT }, () => 0);
  for (const [index, after] of all.entries()) {
    const before = all[index - 1];
    if (!before || before.generation !== after.generation) continue;
    const span = after.at.getTime() - before.at.getTime();
    const records = after.recordsIn - before.recordsIn;
    if (span <= 0 || records <= 0) continue;
    for (let slot = 0; slot < MINUTES_KEPT; slot += 1) {
      const ends = now.getTime() - (MINUTES_KEPT - 1 - slot) * MINUTE_MILLIS;
      const shared =
        Math.min(ends, after.at.getTime()) - Math.max(ends - MINUTE_MILLIS, before.at.getTime());
      if (shared > 0) minutes[slot] = (minutes[slot] ?? 0) + (records * shared) / span / 60;
    }
  }
  const since =
    last &&
    all.findLast(
      ({ at, generation }) =>
        generation === last.generation && last.at.getTime() - at.getTime() >= LEAST_MILLIS,
    );
  if (!last || !since) return { perSecond: null, rejectedPerSecond: null, minutes };
  const seconds = (last.at.getTime() - since.at.getTime()) / 1000;
  return {
    perSecond: Math.max(0, last.recordsIn - since.recordsIn) / seconds,
    rejectedPerSecond: Math.max(0, last.rejected - since.rejected) / seconds,
    minutes,
  };
}

/** Of several at once; what one of them can't say isn't in the sum, and is in `unknown`. */
export function sumOfRates(all: readonly Rates[]): Rates & { unknown: number } {
  const known = all.filter((rates) => rates.perSecond !== null);
  const sum = (of: (rates: Rates) => number | null) =>
    known.length === 0 ? null : known.reduce((total, rates) => total + (of(rates) ?? 0), 0);
  return {
    perSecond: sum((rates) => rates.perSecond),
    rejectedPerSecond: sum((rates) => rates.rejectedPerSecond),
    minutes: Array.from({ length: MINUTES_KEPT }, (_, slot) =>
      all.reduce((total, rates) => total + (rates.minutes[slot] ?? 0), 0),
    ),
    unknown: all.length - known.length,
  };
}
