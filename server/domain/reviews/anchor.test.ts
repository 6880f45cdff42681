import { describe, expect, it } from 'vitest';
import { anchorsOf, placeBy } from './anchor.ts';

const place = (anchor: string, line: number | null = null) => ({ anchor, line });

describe('a place', () => {
  it.each([
    [
      'of an element goes where that is',
      place('stage:a'),
      { 'stage:a': 'stage:z' },
      place('stage:z'),
    ],
    [
      'of an element that is gone is gone',
      place('stage:a', 2),
      { 'stage:a': null, 'line:2': 'line:1' },
      null,
    ],
    [
      'of an element and a line goes with both',
      place('stage:a', 2),
      { 'stage:a': 'stage:a', 'line:2': 'line:5' },
      place('stage:a', 5),
    ],
    [
      'of an element stays when its line is gone',
      place('stage:a', 2),
      { 'stage:a': 'stage:a', 'line:2': null },
      place('stage:a'),
    ],
    ['of a line is gone with it', place('plan', 2), { 'line:2': null }, null],
    ['of a line goes where that is', place('plan', 2), { 'line:2': 'line:3' }, place('plan', 3)],
    ['that is the plan stays', place('plan'), {}, place('plan')],
  ])('%s', (_, from, now, to) => {
    expect(anchorsOf(from)).toEqual(Object.keys(now));
    expect(placeBy(from, new Map(Object.entries(now)))).toEqual(to);
  });
});
