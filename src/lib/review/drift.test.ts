import { describe, expect, it } from 'vitest';
import type { Health } from '$lib/deployments/health';
import { driftOf, type Deployment } from './drift';

const deployment = (
  version: string,
  { bundle = 'b', on = ['edge'], of = 1, slot = 'orders', state = 'active' } = {},
): Deployment =>
  ({
    id: `${slot} ${version} ${bundle}`,
    slot,
    state,
    version: { id: version, number: Number(version.slice(1)), specHash: version },
    bundle: { id: bundle, number: 1 },
    held: false,
    health: [
      {
        afterMs: 0,
        health: {
          kind: 'running',
          running: on.length,
          finished: 0,
          of,
          runsOn: on.map((agentName) => ({ agentId: agentName, agentName, wanted: true })),
          since: null,
          troubles: [],
          pressures: [],
          peers: [],
        } satisfies Health,
      },
    ],
  }) as unknown as Deployment;

describe('two environments, slot by slot', () => {
  const kinds = (from: Deployment[], to: Deployment[]) =>
    driftOf(from, to, 0).map(({ slot, kind }) => [slot, kind]);

  it('differ by version, by bundle, or in what is only in one', () => {
    const one = deployment('v1');
    expect(kinds([one], [deployment('v1')])).toEqual([['orders', 'same']]);
    expect(kinds([one], [deployment('v2')])).toEqual([['orders', 'version']]);
    expect(kinds([one], [deployment('v1', { bundle: 'c' })])).toEqual([['orders', 'bundle']]);
    expect(kinds([one], [])).toEqual([['orders', 'only_from']]);
    expect(kinds([], [one, deployment('v1', { slot: 'a' })])).toEqual([
      ['a', 'only_to'],
      ['orders', 'only_to'],
    ]);
  });

  it('go by what is wanted, whatever state it ended in', () => {
    expect(kinds([deployment('v1', { of: 0, on: [] })], [deployment('v1')])).toEqual([
      ['orders', 'only_to'],
    ]);
    expect(kinds([deployment('v2', { state: 'failed' })], [deployment('v2')])).toEqual([
      ['orders', 'same'],
    ]);
  });

  it('aren’t the same where one of them runs two versions', () => {
    const left = [
      deployment('v2', { on: ['edge-1'], state: 'failed' }),
      deployment('v1', { on: ['edge-2'] }),
    ];
    const [row] = driftOf(left, [deployment('v2')], 0);
    expect(row).toMatchObject({
      kind: 'mixed',
      mixed: { from: 'v2 on edge-1, v1 on edge-2', to: null },
    });
  });
});
