import { expect, it } from 'vitest';
import { paceWords } from './pace';

const running = (recordsIn: number, rejected: number, perSecond: number | null = null) => ({
  counted: { recordsIn, rejected },
  rates: { perSecond, rejectedPerSecond: perSecond === null ? null : 0 },
});

it.each([
  [running(1, 0), 'none rejected; 1 record since activation'],
  [running(1_204_000, 0, 412.4), '412/s, none rejected; 1,204,000 records since activation'],
  [running(2000, 1, 0), 'idle, under 1 in 1,000 rejected; 2,000 records since activation'],
  [running(3000, 11), '3.7 in 1,000 rejected; 3,000 records since activation'],
  [running(200, 50), '250 in 1,000 rejected; 200 records since activation'],
  // More rejects than records would be a counter of another runtime: never more than all of them.
  [running(0, 4), '1,000 in 1,000 rejected; 0 records since activation'],
])('what runs there fares as its agents count', (facts, words) => {
  expect(paceWords(facts)).toBe(words);
});

it('says nothing where nothing was counted', () => {
  expect(paceWords({ ...running(0, 0), counted: null })).toBeUndefined();
});
