import { describe, expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import {
  insertedRoles,
  laneCounts,
  needsOf,
  priorityMerges,
  secretsOf,
  stagesOfClass,
  whenFull,
} from './summary';

const plan = `pipeline shop

ingress in
stage once dedupe:1000
stage mask json_mask:email
stage hash json_hash:customer=hmac_sha256:pii
stage post http_post:https://hooks.shop.example/x
egress out
egress raw

in -[sequenced_slots 256]-> once
once -[fanout_broadcast 2]-> mask -> hash -> out
once -[fanout_broadcast 2]-> post -> out
once -[journal]-> raw

lane_graph { on_full drop; merge out priority post }
`;

describe('what will run', () => {
  it('counts what lowering inserted and the lanes by kind', async () => {
    const { report, graph } = await compilerInProcess.call('compile', {
      text: plan,
      target: 'lane_graph',
    });
    if (!report) throw new Error('The plan has no spec.');
    expect(insertedRoles(report)).toEqual([
      { kind: 'router', number: 1 },
      { kind: 'merge', number: 1 },
    ]);
    const lanes = Object.fromEntries(laneCounts(report).map(({ kind, number }) => [kind, number]));
    expect(lanes).toMatchObject({ sequenced_slots: 1, journal: 1, fanout_broadcast: 1 });
    expect(whenFull(graph)).toBe('the record is dropped');
    expect(priorityMerges(report)).toEqual([
      {
        role: 'merge.out',
        does: 'takes from the first of 2 lanes that has a record',
        first: 'post',
      },
    ]);
    expect(stagesOfClass(graph, 'stateful')).toEqual(['once']);
  });

  it('names the capabilities and secrets, and who needs them', async () => {
    const { graph } = await compilerInProcess.call('compile', {
      text: plan,
      target: 'lane_graph',
    });
    const families = await compilerInProcess.call('catalogue', {});
    expect(needsOf(graph, families)).toEqual([{ capability: 'http_post', stages: ['post'] }]);
    const stages = await Promise.all(
      graph.stages.map(async ({ id, key, family }) => ({
        id,
        family: families.find(({ name }) => name === family),
        form: await compilerInProcess.call('splitKey', { key }),
      })),
    );
    expect(secretsOf(stages)).toEqual([{ secret: 'pii', stages: ['hash'] }]);
  });
});
