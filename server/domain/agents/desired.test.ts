import { describe, expect, it } from 'vitest';
import { agentStatus } from './status.ts';
import { desiredOf } from './desired.ts';

const one = { slot: 'orders', deploymentId: 'a', epoch: 1, bundleHash: 'h1' };
const newer = { ...one, deploymentId: 'b', epoch: 2, bundleHash: 'h2' };
const other = { slot: 'audit', deploymentId: 'c', epoch: 9, bundleHash: 'h3' };

describe('what an agent should run', () => {
  it('is the newest epoch of each slot, sorted by slot', () => {
    expect(desiredOf([newer, one, other], [one])).toEqual([
      { ...other, state: 'run' },
      { ...newer, state: 'run' },
    ]);
  });

  it('stops what runs in a slot where nothing is wanted', () => {
    expect(desiredOf([], [one])).toEqual([{ ...one, state: 'stop' }]);
  });

  it('is nothing for an agent that was given nothing', () => {
    expect(desiredOf([], [])).toEqual([]);
  });
});

describe('whether an agent is there', () => {
  const now = new Date(60_000);
  it.each([
    ['never_seen', null, null],
    ['online', new Date(59_000), null],
    ['offline', new Date(44_000), null],
    ['decommissioned', new Date(59_000), new Date(1)],
  ] as const)('%s', (expected, lastHeartbeatAt, decommissionedAt) => {
    expect(agentStatus({ lastHeartbeatAt, decommissionedAt }, now)).toBe(expected);
  });
});
