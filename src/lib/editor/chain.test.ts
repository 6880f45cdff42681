import { describe, expect, test } from 'vitest';
import type { PlanGraph } from '$lib/compiler';
import { chainTo } from './chain';

const graph = (stages: string[], connections: string[]): PlanGraph =>
  ({
    stages: stages.map((id) => ({ id, key: `key_of_${id}` })),
    connections: connections.map((id) => {
      const [from, to] = id.split('->');
      return { id, from, to };
    }),
  }) as unknown as PlanGraph;

const ids = (plan: PlanGraph, id: string) => chainTo(plan, id).stages.map((stage) => stage.id);

describe('the way to a stage', () => {
  test('goes back to the ingress', () => {
    const plan = graph(['a', 'b', 'c'], ['in->a', 'a->b', 'b->c', 'c->out']);
    expect(ids(plan, 'c')).toEqual(['a', 'b', 'c']);
    expect(ids(plan, 'a')).toEqual(['a']);
    expect(chainTo(plan, 'c').others).toEqual([]);
  });

  test('takes the first of several ways, and names the others', () => {
    const plan = graph(['a', 'b', 'c'], ['in->a', 'in->b', 'a->c', 'b->c']);
    expect(ids(plan, 'c')).toEqual(['a', 'c']);
    expect(chainTo(plan, 'c').others).toEqual(['b']);
  });

  test('ends in a cycle, at a loose stage, and at an unknown one', () => {
    expect(ids(graph(['a', 'b'], ['a->b', 'b->a']), 'b')).toEqual(['a', 'b']);
    expect(ids(graph(['a'], []), 'a')).toEqual(['a']);
    expect(ids(graph(['a'], []), 'x')).toEqual([]);
  });
});
