import { describe, expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { madeLines } from './spec-lines';

const plan = `pipeline order_events

ingress feed
stage once dedupe:1000
stage mask json_mask:email
stage failed keep:failed
stage slim json_drop:cart
stage stamp prefix:order
egress archive

feed -> once
once -[fanout_broadcast 2]-> mask -> stamp -> archive
once -[fanout_broadcast 2]-> failed -> slim -> stamp
`;

async function made(element: string, target: 'lane_graph' | 'single_ring' = 'lane_graph') {
  const text =
    target === 'lane_graph'
      ? plan
      : 'pipeline p\ningress in\nstage a trim\nstage b trim\negress out\nin -> a -> b -> out\n';
  const { report } = await compilerInProcess.call('lower', { text, target });
  if (!report) throw new Error('The plan has no spec.');
  return { kv: report.spec_kv, ...madeLines(report.spec_kv, report.map, element) };
}

const markedText = ({ runs }: Awaited<ReturnType<typeof made>>) =>
  runs
    .filter(({ kind }) => kind === 'marked')
    .map(({ text }) => text)
    .join('\n')
    .replace(/^lane_graph\.\w+\.\d+\./gmu, '');

describe('the lines of a spec that an element makes', () => {
  it('are its role, the lanes on both sides, and its input of the merge behind it', async () => {
    const slim = await made('slim');
    expect(slim.what).toEqual(['its role', 'the lanes on both sides', 'one input of merge.stamp']);
    expect(slim.marked).toBe(11);
    expect(markedText(slim).split('\n').sort()).toEqual(
      [
        'id=failed.slim',
        'kind=events',
        'id=slim.stamp',
        'kind=events',
        'rx.1=slim.stamp',
        'id=slim',
        'kind=stage',
        'op=named',
        'key=json_drop:cart',
        'rx=failed.slim',
        'tx=slim.stamp',
      ].sort(),
    );
  });

  it('lose none: folded, shown and marked runs together are the spec', async () => {
    for (const id of ['feed', 'once', 'stamp', 'archive', 'failed->slim', 'nobody']) {
      const { kv, runs, total } = await made(id);
      expect(`${runs.map(({ text }) => text).join('\n')}\n`, id).toBe(kv);
      expect(total, id).toBe(kv.split('\n').length - 1);
      for (const run of runs)
        if (run.kind === 'folded') expect(run.text.split('\n')).toHaveLength(run.lines);
    }
  });

  it('say what is folded, and fold nothing where nothing is marked', async () => {
    const slim = await made('slim');
    const folded = slim.runs.flatMap((run) => (run.kind === 'folded' ? [run.of] : []));
    expect(folded.length).toBeGreaterThan(0);
    expect(folded.every((of) => /lanes|roles|endpoints/u.test(of))).toBe(true);
    expect((await made('nobody')).runs).toHaveLength(1);
  });

  it('are a stage and what it waits for, in a ring', async () => {
    const b = await made('b', 'single_ring');
    expect(b.what).toEqual(['its stage', 'what it waits for']);
    expect(b.marked).toBe(4);
  });
});
