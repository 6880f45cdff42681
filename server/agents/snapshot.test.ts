import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { snapshot } from './snapshot.ts';

/** The examples of the written form, which the Rust crate's tests hold to what it writes. */
const page = readFileSync(new URL('../../docs/spec/snapshot.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n(.*)\n```/g)].map(
  ([, text = '']) => JSON.parse(text) as Record<string, unknown>,
);

describe('a snapshot', () => {
  it('is taken in each form that Rust writes, as it is', () => {
    expect(examples.map(({ kind }) => kind)).toEqual(['single_ring', 'lane_graph']);
    for (const example of examples) expect(snapshot.parse(example)).toEqual(example);
  });

  it('of version 1 becomes one of version 2', () => {
    const old = { ...examples[0], v: 1, generation: 18446744073709549568 };
    expect(snapshot.parse(old)).toEqual({ ...examples[0], generation: 'fffffffffffff800' });
  });

  it.each([
    ['another version', { v: 3 }],
    ['another kind', { kind: 'two_rings' }],
    ['a generation that is none', { generation: 'xyz' }],
    ['a broken number', { generation: 0.5 }],
    ['a number that no counter has', { cursor: 2 ** 60 }],
    ['more stages than a spec has', { stages: Array<unknown>(65).fill({}) }],
  ])('with %s is refused', (_, change) => {
    expect(snapshot.safeParse({ ...examples[0], ...change }).success).toBe(false);
  });
});
