import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEPLOYMENT_EVENTS } from '$server/domain/deployments/machine';
import { detailLines, wordedActions } from './words';

/** What the control plane records, as its sources name it: operations that are audited, and movers. */
function recordedActions(): Set<string> {
  const actions = new Set<string>(DEPLOYMENT_EVENTS.map((event) => `deployment.${event}`));
  for (const file of globSync('server/**/*.ts')) {
    if (/\.test\.ts$|server\/(?:test|db\/generated)\//u.test(file)) continue;
    const source = readFileSync(file, 'utf8');
    for (const [, action = ''] of source.matchAll(/action: '([a-z_]+\.[a-z_]+)'/gu))
      actions.add(action);
    if (source.includes('unaudited(')) continue;
    for (const [, name = ''] of source.matchAll(/kind: 'change',\s+name: '([a-z_.]+)'/gu))
      actions.add(name);
  }
  return actions;
}

it('everything that is recorded is told as a deed, in words', () => {
  const recorded = recordedActions();
  expect(recorded.size).toBeGreaterThan(40);
  expect([...recorded].filter((action) => !wordedActions.includes(action))).toEqual([]);
});

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
