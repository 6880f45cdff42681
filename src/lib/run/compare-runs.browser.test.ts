// Two versions in the page's worker.
import { expect, it } from 'vitest';
import { compiler } from '$lib/compiler';
import { compareRuns } from './engine';

async function specOf(key: string): Promise<string> {
  const text = `pipeline p\ningress in\nstage a ${key}\negress out\nin -> a -> out\n`;
  const { report } = await compiler().call('lower', { text, target: 'lane_graph' });
  return report?.spec_kv ?? '';
}

it('two versions say in the page what first comes out otherwise', async () => {
  const specs = { before: await specOf('upper'), after: await specOf('drop:b') };
  const { egresses } = await compareRuns(specs, { in: ['A', 'b'] });
  expect(egresses).toMatchObject([
    {
      egress: 'out',
      differing: 1,
      first: { differs: 'missing', record: 2, before: { record: 'B' }, after: null },
    },
  ]);
  await expect(compareRuns({ ...specs, after: '' }, {})).rejects.toMatchObject({
    args: { side: 'after' },
  });
});
