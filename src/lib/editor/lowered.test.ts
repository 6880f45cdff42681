import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '$lib/compiler';
import { actionsFor, becameOf, foreseenAt, insertedAt } from './lowered';

const action = (code: string, role: string, elements: string[]): Diagnostic => ({
  code,
  severity: 'hint',
  phase: 'lowering',
  args: { role, does: `does ${role}` },
  message: `why ${role}`,
  help: null,
  span: { start: 0, end: 0 },
  range: { start_line: 1, start_column: 1, end_line: 1, end_column: 1 },
  elements,
  fixes: [],
});

const report = {
  actions: [
    action('A_BRIDGE_INSERTED', 'bridge.in.a', ['in->a', 'in']),
    action('A_MERGE_ADDED', 'merge.c', ['c', 'a->c', 'b->c']),
    action('A_ROUTER_PLACED', 'router.c', ['c', 'c->d', 'c->e']),
    action('A_LANE_SHARED', '', ['in->a', 'in->b']),
  ],
  map: {
    lists: [
      {
        path: 'lane_graph.lanes',
        parts: [
          { id: 'in.a', elements: ['in->a'] },
          { id: 'in.journal', kind: 'journal', elements: ['in->b', 'in->a'] },
        ],
      },
      { path: 'lane_graph.endpoints', parts: [{ id: 'in', elements: ['in'] }] },
      {
        path: 'lane_graph.roles',
        parts: [
          { id: 'bridge.in.a', kind: 'bridge', elements: ['in', 'in->a'] },
          { id: 'c', elements: ['c'] },
        ],
      },
    ],
  },
};

describe('what lowering inserted', () => {
  it('stands at the element, or on the connection that needs it', () => {
    const at = insertedAt(report);
    expect([...at.keys()].sort()).toEqual(['c', 'in->a']);
    expect(at.get('in->a')).toEqual([
      {
        kind: 'bridge',
        where: 'on',
        role: 'bridge.in.a',
        does: 'does bridge.in.a',
        why: 'why bridge.in.a',
      },
    ]);
    expect(at.get('c')?.map(({ kind, where }) => `${kind} ${where}`)).toEqual([
      'merge before',
      'router behind',
    ]);
    expect(insertedAt(null).size).toBe(0);
    // What a sketch foresees stands where the same role of a report stands.
    const foreseen = foreseenAt(
      (['bridge', 'merge', 'router'] as const).map((kind, index) => ({
        id: report.actions[index]!.args['role'] ?? '',
        kind,
        does: report.actions[index]!.args['does'] ?? '',
        reason: report.actions[index]!.message,
        elements: report.actions[index]!.elements,
      })),
    );
    expect(foreseen).toEqual(at);
  });

  it('is told of each element that it is for', () => {
    expect(actionsFor(report, 'in->a').map(({ code }) => code)).toEqual([
      'A_BRIDGE_INSERTED',
      'A_LANE_SHARED',
    ]);
  });
});

describe('what an element became', () => {
  it('comes from the map, with the kind of each part', () => {
    expect(becameOf(report, 'in->a')).toEqual([
      { path: 'lane_graph.lanes.0', id: 'in.a', what: 'lane of kind events' },
      { path: 'lane_graph.lanes.1', id: 'in.journal', what: 'lane of kind journal' },
      { path: 'lane_graph.roles.0', id: 'bridge.in.a', what: 'bridge' },
    ]);
    expect(becameOf(report, 'c')).toEqual([{ path: 'lane_graph.roles.1', id: 'c', what: 'stage' }]);
    expect(becameOf(null, 'c')).toEqual([]);
  });
});
