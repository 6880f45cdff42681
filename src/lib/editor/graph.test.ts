import { describe, expect, test } from 'vitest';
import type { PlanGraph } from '$lib/compiler';
import { connectionRefusal, elementIds, intentText } from './graph';

const span = { start: 0, end: 0 };

function graph(stages: string[], connections: [string, string][]): PlanGraph {
  return {
    name: null,
    description: null,
    boundaries: [
      { id: 'out', kind: 'egress', span },
      { id: 'in', kind: 'ingress', span },
    ],
    stages: stages.map((id) => ({
      id,
      key: 'identity',
      family: 'identity',
      class: 'reads',
      span,
      key_span: span,
    })),
    connections: connections.map(([from, to]) => ({
      id: `${from}->${to}`,
      from,
      to,
      intent: null,
      span,
    })),
    settings: { single_ring: [], lane_graph: [] },
  };
}

describe('the outline of a plan', () => {
  test('follows the records, whatever the order of the lines', () => {
    const diamond = graph(
      ['d', 'c', 'b', 'a'],
      [
        ['in', 'a'],
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'd'],
        ['c', 'd'],
        ['d', 'out'],
      ],
    );
    expect(elementIds(diamond)).toEqual(['in', 'a', 'b', 'c', 'd', 'out']);
  });

  test('holds every stage, also those of a cycle and those without connections', () => {
    const broken = graph(
      ['a', 'b', 'lone'],
      [
        ['a', 'b'],
        ['b', 'a'],
        ['b', 'nowhere'],
      ],
    );
    expect(elementIds(broken)).toEqual(['in', 'lone', 'a', 'b', 'out']);
  });

  test('a thousand stages are put in order in an instant', () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `s${index}`);
    const chain = graph(
      ids.toReversed(),
      ids.slice(1).map((id, index): [string, string] => [`s${index}`, id]),
    );
    const before = performance.now();
    expect(elementIds(chain).slice(1, -1)).toEqual(ids);
    expect(performance.now() - before).toBeLessThan(200);
  });
});

describe('drawing connections', () => {
  const plan = graph(
    ['a', 'b'],
    [
      ['in', 'a'],
      ['a', 'b'],
    ],
  );

  test('only what may follow is offered', () => {
    expect(connectionRefusal(plan, 'b', 'out')).toBeNull();
    expect(connectionRefusal(plan, 'a', 'a')).toMatch(/itself/);
    expect(connectionRefusal(plan, 'a', 'b')).toMatch(/already/);
    expect(connectionRefusal(plan, 'b', 'a')).toMatch(/circle/);
    expect(connectionRefusal(plan, 'out', 'a')).toMatch(/egress/);
    expect(connectionRefusal(plan, 'a', 'in')).toMatch(/ingress/);
    expect(connectionRefusal(plan, 'in', 'out')).toMatch(/stage has to stand/);
    expect(connectionRefusal(plan, 'a', 'gone')).toMatch(/no longer/);
  });

  test('a wire names its lane intent unless it is the default', () => {
    expect(intentText(null)).toBeNull();
    expect(intentText({ kind: 'events' })).toBeNull();
    expect(intentText({ kind: 'sequenced_slots', capacity: 64 })).toBe('sequenced_slots 64');
  });
});
