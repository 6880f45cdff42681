import { describe, expect, it } from 'vitest';
import { alsoThereWords } from './also-there';

const one = (number: number, bundle: number, agents: string[]) => ({
  version: { id: `version ${number}`, number },
  bundle: { id: `bundle ${bundle}`, number: bundle },
  agents,
});
const words = (running: ReturnType<typeof one>, ...alsoThere: ReturnType<typeof one>[]) =>
  alsoThereWords({ running, alsoThere } as unknown as Parameters<typeof alsoThereWords>[0]);

describe('what is wanted in a slot beside the newest', () => {
  it('is named with its agents', () => {
    expect(words(one(2, 2, []), one(1, 1, ['edge-1', 'edge-3']))).toBe('v1 on edge-1 and edge-3');
    expect(words(one(3, 3, []), one(2, 2, ['a']), one(1, 1, ['b']))).toBe('v2 on a, v1 on b');
  });

  it('is told by its bundle where the version is the same', () => {
    expect(words(one(2, 2, []), one(2, 1, ['edge-1']))).toBe('v2 with bundle 1 on edge-1');
  });

  it('is nothing where there is one', () => {
    expect(words(one(2, 2, []))).toBe('');
  });
});
