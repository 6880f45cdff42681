import { describe, expect, it } from 'vitest';
import type { Trouble } from '$lib/deployments/health';
import { agentTroubles } from './troubles';

const slot = (deploymentId: string, ...kinds: Trouble['kind'][]) =>
  ({
    deploymentId,
    health: [{ afterMs: 0, health: { troubles: kinds.map((kind) => ({ kind })) } }],
  }) as unknown as Parameters<typeof agentTroubles>[0]['slots'][number];

describe('the troubles of one agent', () => {
  it('are told slot by slot, each with the wait that can be ended', () => {
    const wait = { deploymentId: 'b' } as Parameters<typeof agentTroubles>[0]['waits'][number];
    const told = agentTroubles(
      { slots: [slot('a', 'crashed'), slot('b', 'fell_back')], waits: [wait] },
      0,
    );
    expect(told.map(({ deploymentId, trouble }) => [deploymentId, trouble.kind])).toEqual([
      ['a', 'crashed'],
      ['b', 'fell_back'],
    ]);
    expect(told.map((one) => one.wait)).toEqual([undefined, wait]);
  });

  it('name its silence once', () => {
    const slots = [slot('a', 'unproved'), slot('b', 'unproved'), slot('c', 'refused')];
    const told = agentTroubles({ slots, waits: [] }, 0);
    expect(told.map(({ deploymentId, trouble }) => [deploymentId, trouble.kind])).toEqual([
      ['a', 'unproved'],
      ['c', 'refused'],
    ]);
  });
});
