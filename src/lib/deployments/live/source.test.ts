import { describe, expect, it } from 'vitest';
import type { Agent } from '../numbers';
import { sourceOf } from './source';

const now = Date.parse('2026-11-29T14:03:20.000Z');
const instant = (seconds: number) => new Date(now - seconds * 1000).toISOString();

/** An agent that runs it and was heard a second ago. */
const agent = (id: string, change: object = {}): Agent =>
  ({
    agentId: id,
    name: `edge-${id}`,
    status: 'online',
    running: { since: instant(900), epoch: 1, reportedAt: instant(1) },
    finishedAt: null,
    lastHeartbeatAt: instant(1),
    heardUntil: now + 14_000,
    numbers: { at: instant(1), snapshot: {}, totals: {}, sinceActivation: null },
    ...change,
  }) as unknown as Agent;
const shown = (agents: readonly Agent[], choice = 'sum') => {
  const { counted, ...rest } = sourceOf(agents, choice, now);
  return { ...rest, of: counted.map(({ agentId }) => agentId) };
};

describe('whose numbers the graph shows', () => {
  it('is the sum of those that are heard, and says who is missing', () => {
    const silent = agent('c', { heardUntil: now - 1 });
    expect(shown([agent('a'), agent('b')])).toEqual({
      kind: 'now',
      of: ['a', 'b'],
      asOf: null,
      words: 'sum of the 2 agents that run it',
    });
    expect(shown([agent('a'), silent])).toMatchObject({
      of: ['a'],
      words: 'on edge-a, without edge-c: silent',
    });
  });

  it('is one agent where one is chosen, and the sum where that one is gone', () => {
    expect(shown([agent('a'), agent('b')], 'b')).toMatchObject({ of: ['b'], words: 'on edge-b' });
    expect(shown([agent('a')], 'gone')).toMatchObject({ of: ['a'], kind: 'now' });
  });

  it('is old once nobody is heard, by the clock alone, and says of when', () => {
    const [a, b] = [
      agent('a', { heardUntil: now - 1, numbers: { at: instant(20) } }),
      agent('b', { status: 'offline', numbers: { at: instant(40) } }),
    ];
    expect(shown([a!, b!])).toEqual({
      kind: 'last',
      of: ['a', 'b'],
      asOf: instant(40),
      words: 'last numbers of 2 agents',
    });
    expect(shown([a!, agent('c')], 'a')).toMatchObject({ kind: 'last', asOf: instant(20) });
  });

  it('is old where an agent is heard and sends no numbers any more', () => {
    const mute = agent('a', { numbers: { at: instant(60) } });
    expect(shown([mute])).toMatchObject({ kind: 'last', asOf: instant(60) });
    expect(shown([agent('a', { running: null })])).toMatchObject({ kind: 'last' });
  });

  it('is an end where a bounded input came to it, which is not old', () => {
    const ended = agent('a', { running: null, finishedAt: instant(300) });
    expect(shown([ended])).toMatchObject({ kind: 'end', words: 'at its end on edge-a' });
  });

  it('is nothing before anybody counted', () => {
    expect(shown([agent('a', { numbers: null })])).toEqual({
      kind: 'none',
      of: [],
      asOf: null,
      words: 'nothing counted it so far',
    });
  });
});
