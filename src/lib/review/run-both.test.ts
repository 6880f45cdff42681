import { expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { compareRunsInProcess } from '$lib/run/in-process.testing';
import { differencesOf, leadsTo } from './run-both';

async function specOf(stages: [id: string, key: string][], parts = 'out'): Promise<string> {
  const lines = [
    'pipeline p',
    'ingress in',
    ...stages.map(([id, key]) => `stage ${id} "${key}"`),
    `egress ${parts}`,
    ['in', ...stages.map(([id]) => id), parts].join(' -> '),
  ];
  const text = `${lines.join('\n')}\n`;
  const { report } = await compilerInProcess.call('lower', { text, target: 'lane_graph' });
  if (!report) throw new Error(text);
  return report.spec_kv;
}

const anchors = (side: string, id: string) => `${side}:${id}`;

it('says the first that comes out otherwise, also of a record that is split, and where', async () => {
  const before = await specOf([
    ['parts', 'split:,'],
    ['loud', 'upper'],
  ]);
  const after = await specOf([
    ['parts', 'split:,'],
    ['loud', 'upper'],
    ['late', 'replace:B=x'],
  ]);
  const runs = differencesOf(
    await compareRunsInProcess({ before, after }, { in: ['a,c', 'a,b'] }),
    anchors,
    () => true,
  );
  expect(runs).toMatchObject({
    reordered: [],
    differences: [
      {
        egress: 'after:out',
        record: 2,
        before: 'B',
        after: 'x',
        ended: null,
        parted: { place: 'after:late', name: 'late' },
      },
    ],
  });
  // What each node did is in the answer, for the graph.
  expect(runs.after.nodes.find(({ id }) => id === 'parts')).toMatchObject({ taken: 2 });
});

it('says where a record ended that comes out no more', async () => {
  const before = await specOf([['a', 'upper']]);
  const after = await specOf([['a', 'drop:b']]);
  const runs = differencesOf(
    await compareRunsInProcess({ before, after }, { in: ['A', 'b'] }),
    anchors,
    () => true,
  );
  expect(runs.differences).toMatchObject([
    { before: 'B', after: null, ended: { node: 'a', what: 'dropped' }, parted: { name: 'a' } },
  ]);
});

it('names only what ended the record on the way to that egress, and nobody where that isn’t known', async () => {
  const plan = (key: string) => `pipeline p
ingress in
stage a identity
stage long ${key}
stage paid keep:payment
egress archive
egress payments
in -> a
a -[fanout_broadcast]-> paid -> payments
a -[fanout_broadcast]-> long -> archive
`;
  const [before, after] = await Promise.all(
    ['keep:a', 'drop:a'].map(async (key) => {
      const text = plan(key);
      const { report } = await compilerInProcess.call('lower', { text, target: 'lane_graph' });
      if (!report) throw new Error(text);
      return report.spec_kv;
    }),
  );
  const ways = [
    { from: 'in', to: 'a' },
    { from: 'a', to: 'paid' },
    { from: 'paid', to: 'payments' },
    { from: 'a', to: 'long' },
    { from: 'long', to: 'archive' },
  ];
  const compared = await compareRunsInProcess(
    { before: before ?? '', after: after ?? '' },
    { in: ['abcd'] },
  );
  const told = differencesOf(compared, anchors, (_, node, egress) => leadsTo(ways, node, egress));
  // The other way dropped it, too, on both sides: that is no reason.
  expect(told.differences).toMatchObject([
    { egress: 'after:archive', after: null, ended: { node: 'long', what: 'dropped' } },
  ]);
  const unknown = differencesOf(compared, anchors, () => false);
  expect(unknown.differences[0]?.ended).toBeNull();
});
