import { describe, expect, it } from 'vitest';
import { keepSame } from './keep-same';

const one = { id: 'a', key: 'keep:x' };
const two = { id: 'b', key: 'drop:x' };

describe('keeping what says the same', () => {
  it('answers the list before where nothing changed', () => {
    const before = [one, two];
    expect(keepSame(before, [{ ...one }, { ...two }])).toBe(before);
  });

  it('replaces only what changed', () => {
    const changed = { ...two, key: 'drop:xy' };
    const kept = keepSame([one, two], [{ ...one }, changed]);
    expect(kept[0]).toBe(one);
    expect(kept[1]).toBe(changed);
  });

  it('finds what moved, came and went', () => {
    const three = { id: 'c', key: 'keep:z' };
    const before = [one, two];
    expect(keepSame(before, [{ ...two }, three, { ...one }])).toEqual([two, three, one]);
    expect(keepSame(before, [{ ...two }])[0]).toBe(two);
    expect(keepSame(before, [{ ...one }])).not.toBe(before);
    expect(keepSame(before, [{ ...two }, { ...one }])).not.toBe(before);
  });
});
