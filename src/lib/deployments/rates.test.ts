import { describe, expect, it } from 'vitest';
import { ratesOf, withReading, type Reading } from './rates';

const at = (seconds: number, recordsIn: number, generation = 'a'): Reading => ({
  at: seconds * 1000,
  recordsIn,
  recordsOut: recordsIn,
  generation,
});

describe('the rate of a running pipeline', () => {
  it('is what came in between two readings, per second', () => {
    expect(ratesOf([at(0, 0), at(2, 1000), at(4, 1000)])).toEqual([500, 0]);
  });

  it('is never negative when a restart counts again from a checkpoint', () => {
    expect(ratesOf([at(0, 900), at(1, 100, 'b')])).toEqual([0]);
  });
});

describe('the readings kept', () => {
  it('leave out one that was there already', () => {
    const readings = withReading([], at(1, 5));
    expect(withReading(readings, at(1, 5))).toBe(readings);
  });

  it('are the newest ones', () => {
    const readings = [1, 2, 3].reduce<readonly Reading[]>(
      (all, second) => withReading(all, at(second, second), 2),
      [],
    );
    expect(readings.map((reading) => reading.at)).toEqual([2000, 3000]);
  });
});
