import { describe, expect, it } from 'vitest';
import { joinRows } from './setup-rows';

describe('the progress of local agents', () => {
  it('is one line while one build serves several environments', () => {
    const row = { phase: 'building', percent: 40, message: 'crate x' };
    expect(
      joinRows([
        { ...row, environmentId: 'a' },
        { ...row, environmentId: 'b' },
      ]),
    ).toEqual([{ ...row, key: 'building:crate x', environmentIds: ['a', 'b'] }]);
  });

  it('is a line each once they differ', () => {
    const rows = joinRows([
      { environmentId: 'a', phase: 'enrolling', percent: null, message: '' },
      { environmentId: 'b', phase: 'failed', percent: null, message: 'No toolchain.' },
    ]);
    expect(rows.map((row) => row.environmentIds)).toEqual([['a'], ['b']]);
  });
});
