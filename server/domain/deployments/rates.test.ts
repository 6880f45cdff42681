import { describe, expect, it } from 'vitest';
import { MINUTES_KEPT, ratesOf, sumOfRates, type Counted } from './rates.ts';

const now = new Date('2026-11-29T10:00:00Z');
const reading = (secondsAgo: number, recordsIn: number, more: Partial<Counted> = {}): Counted => ({
  at: new Date(now.getTime() - secondsAgo * 1000),
  recordsIn,
  rejected: 0,
  generation: 'a',
  ...more,
});

describe('rates of a runtime', () => {
  it('are what was counted since about a minute', () => {
    const rates = ratesOf(
      [reading(120, 0), reading(60, 600)],
      reading(0, 1200, { rejected: 6 }),
      now,
    );
    expect(rates.perSecond).toBe(10);
    expect(rates.rejectedPerSecond).toBeCloseTo(0.1);
    expect(rates.minutes).toHaveLength(MINUTES_KEPT);
    expect(rates.minutes.slice(-3)).toEqual([0, 10, 10]);
  });

  it('go back further where the minute has only begun', () => {
    expect(ratesOf([reading(65, 0), reading(5, 60)], reading(0, 65), now).perSecond).toBe(1);
  });

  it('begin anew with another runtime', () => {
    const rates = ratesOf([reading(60, 9000)], reading(0, 5, { generation: 'b' }), now);
    expect(rates).toMatchObject({ perSecond: null, rejectedPerSecond: null });
    expect(rates.minutes.every((rate) => rate === 0)).toBe(true);
  });

  it('are not known of what was read once', () => {
    expect(ratesOf([], reading(0, 5), now).perSecond).toBeNull();
    expect(ratesOf([reading(60, 5)], null, now).perSecond).toBeNull();
  });
});

it('a sum says how many are missing in it', () => {
  const known = ratesOf([reading(60, 0)], reading(0, 60), now);
  const unknown = ratesOf([], reading(0, 60), now);
  expect(sumOfRates([known, unknown])).toMatchObject({ perSecond: 1, unknown: 1 });
  expect(sumOfRates([unknown])).toMatchObject({ perSecond: null, unknown: 1 });
});
