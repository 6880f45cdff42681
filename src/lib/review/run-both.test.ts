import { expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { compareRunsInProcess } from '$lib/run/in-process.testing';
import { differencesOf } from './run-both';

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
  );
  expect(runs.differences).toMatchObject([
    { before: 'B', after: null, ended: { node: 'a', what: 'dropped' }, parted: { name: 'a' } },
  ]);
});
