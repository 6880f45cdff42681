import { expect, it } from 'vitest';
import { detailLines } from './words';

it('what a record says is told with names where its ids have one', () => {
  const [known, gone] = ['019a-known', '019a-gone'];
  expect(
    detailLines({
      detail: {
        by_deployment: known,
        issued_by: `user:${known}`,
        agents: [known, gone],
        epoch: 3,
      },
      names: { [known]: 'orders v2' },
    }),
  ).toEqual([
    'by deployment: orders v2',
    'issued by: user:orders v2',
    'agents: ["orders v2","019a-gone"]',
    'epoch: 3',
  ]);
});
