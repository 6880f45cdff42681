import { describe, expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { lanesAt } from './lanes';

const plan = `pipeline shop

ingress in
stage once dedupe:1000
stage mask json_mask:email
stage paid keep:paid
egress out

in -[sequenced_slots 256]-> once
once -[fanout_broadcast 2]-> mask -> out
once -[fanout_broadcast 2]-> paid -> out
`;

async function specOf() {
  const { report } = await compilerInProcess.call('lower', {
    text: plan,
    target: 'lane_graph',
  });
  if (!report) throw new Error('The plan has no spec.');
  return report.spec;
}

describe('the lanes at an element', () => {
  it('are the one that it reads and the one that it writes, with who reads them', async () => {
    const spec = await specOf();
    expect(lanesAt(spec, 'once').map(({ id, direction, kind }) => [direction, kind, id])).toEqual([
      ['in', 'sequenced_slots', 'in.sequenced_slots'],
      ['out', 'fanout_broadcast', 'once.fanout_broadcast'],
    ]);
    expect(lanesAt(spec, 'once')).toMatchObject([
      { capacity: 256, readers: 1 },
      { capacity: null, readers: 2 },
    ]);
    expect(lanesAt(spec, 'mask').map(({ readers }) => readers)).toEqual([2, 1]);
    expect(lanesAt(spec, 'out')).toMatchObject([{ direction: 'in', readers: 1 }]);
    expect(lanesAt(spec, 'nobody')).toEqual([]);
  });

  it('are none in a ring', async () => {
    const { report } = await compilerInProcess.call('lower', {
      text: 'pipeline p\ningress in\nstage a trim\negress out\nin -> a -> out\n',
      target: 'single_ring',
    });
    expect(report && lanesAt(report.spec, 'a')).toEqual([]);
  });
});
