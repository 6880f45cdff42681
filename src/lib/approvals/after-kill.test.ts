import { expect, it } from 'vitest';
import { promiseLines } from './after-kill';

const same = 'A run that goes on from its progress gives the same bytes.';
const records = 'A run that goes on from its progress gives the same records.';
const why = 'stamp takes from whichever input has a record.';

it('a promise is all kept where nothing ran before, and where it is the same', () => {
  for (const before of [null, [records, why]])
    expect(promiseLines(before, [records, why])).toEqual([
      { text: records, became: 'kept' },
      { text: why, became: 'kept' },
    ]);
});

it('what is promised no more comes first, and what is new is told from what stays', () => {
  expect(promiseLines([same], [records, why])).toEqual([
    { text: same, became: 'removed' },
    { text: records, became: 'added' },
    { text: why, became: 'added' },
  ]);
  expect(promiseLines([records, 'Full lanes drop records.'], [records, why])).toEqual([
    { text: 'Full lanes drop records.', became: 'removed' },
    { text: records, became: 'kept' },
    { text: why, became: 'added' },
  ]);
});
