import { describe, expect, it } from 'vitest';
import { fromNow, inUtc, span } from './time';

const now = Date.parse('2026-11-21T22:00:00Z');

describe('how far an instant is', () => {
  it('reads as just now within a second', () => {
    expect(fromNow('2026-11-21T22:00:00.900Z', now)).toBe('just now');
  });

  it('takes the largest unit that fits', () => {
    expect(fromNow('2026-11-21T21:59:30Z', now)).toBe('30 sec ago');
    expect(fromNow('2026-11-21T21:58:01Z', now)).toBe('1 min ago');
    expect(fromNow('2026-11-22T01:00:00Z', now)).toBe('in 3 hr');
  });
});

describe('a span', () => {
  it('shows its two largest parts', () => {
    expect(span(3_840_000)).toBe('1 h 4 min');
    expect(span(200_000)).toBe('3 min 20 s');
    expect(span(12_345)).toBe('12 s');
    expect(span(60_000)).toBe('1 min');
  });

  it('is never negative', () => {
    expect(span(-5000)).toBe('0 s');
  });
});

describe('an instant in UTC', () => {
  it('is written to the second, with its zone', () => {
    expect(inUtc('2026-11-21T22:04:05.678Z')).toBe('2026-11-21 22:04:05 UTC');
  });
});
