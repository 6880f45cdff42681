/** One reading of the counters of a running pipeline, at the time (ms) at which it was taken. */
export interface Reading {
  at: number;
  recordsIn: number;
  recordsOut: number;
  generation: string;
}

/** Records in per second between consecutive readings; a restart begins anew and counts as 0. */
export function ratesOf(readings: readonly Reading[]): number[] {
  const rates: number[] = [];
  for (let i = 1; i < readings.length; i++) {
    const before = readings[i - 1];
    const after = readings[i];
    if (before === undefined || after === undefined) continue;
    const seconds = (after.at - before.at) / 1000;
    const records = after.recordsIn - before.recordsIn;
    const same = before.generation === after.generation;
    rates.push(same && seconds > 0 && records > 0 ? records / seconds : 0);
  }
  return rates;
}

/** Adds a reading unless it is the one that was added last; keeps the newest `keep`. */
export function withReading(
  readings: readonly Reading[],
  reading: Reading,
  keep = 60,
): readonly Reading[] {
  if ((readings.at(-1)?.at ?? -Infinity) >= reading.at) return readings;
  return [...readings, reading].slice(-keep);
}
