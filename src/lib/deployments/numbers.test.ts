import { describe, expect, it } from 'vitest';
import { oldest, rowsOf, sumOf, underWay, type Agent } from './numbers';
import { attemptedWords, desiredWords } from './strip';

const counts = (records_in: number) => ({
  records_in,
  records_out: records_in - 3,
  dropped: 2,
  rejected: 0,
  bytes_in: 0,
  bytes_out: 0,
});
const agent = (change: object): Agent =>
  ({
    agentId: 'a',
    name: 'edge-1',
    status: 'online',
    numbers: {
      at: '2026-11-28T12:00:00.000Z',
      sinceActivation: { since: '2026-11-28T11:00:00.000Z', ...counts(10) },
      totals: { since: '2026-11-01T00:00:00.000Z', ...counts(1000) },
    },
    ...change,
  }) as unknown as Agent;

describe('numbers of a deployment', () => {
  it('are a row for each agent that ever sent some, since its activation', () => {
    const rows = rowsOf([agent({}), agent({ agentId: 'b', numbers: null })]);
    expect(rows.map((row) => row.counts.records_in)).toEqual([10]);
  });

  it('keep a silent agent in the sum, and mark it', () => {
    const rows = rowsOf([agent({}), agent({ agentId: 'b', status: 'offline' })]);
    expect(sumOf(rows.map((row) => row.counts)).records_in).toBe(20);
    expect(rows.map((row) => row.old)).toEqual([false, true]);
  });

  it('are the pipeline’s totals where an agent doesn’t tell the two apart', () => {
    const numbers = { sinceActivation: null, totals: { since: null, ...counts(7) } };
    expect(rowsOf([agent({ numbers })])[0]?.counts).toMatchObject({ since: null, records_in: 7 });
  });

  it('say since when they count only where each beginning is known', () => {
    const [early, late] = ['2026-11-01T00:00:00.000Z', '2026-11-28T00:00:00.000Z'];
    expect(oldest([late, early])).toBe(early);
    expect(oldest([late, null])).toBeNull();
    expect(underWay(counts(10))).toBe(1);
  });
});

describe('the state strip', () => {
  const part = (state: 'run' | 'fallback' | 'stop' | null, phase: string | null) => ({
    desired: state && { state },
    attempted: phase === null ? null : { phase },
  });

  it('says where it is desired', () => {
    expect(desiredWords([part('run', null), part('run', null)], 'v3')).toBe('v3 on 2 agents');
    expect(desiredWords([part('fallback', null)], 'v3')).toBe('v3 if the newer one fails');
    expect(desiredWords([part('stop', null)], 'v3')).toBe('v3 nowhere any more');
    expect(desiredWords([part(null, null)], 'v3')).toBe('Nothing yet');
    expect(desiredWords([part(null, null)], 'v3', true)).toBe('Nothing');
  });

  it('counts how far the agents came', () => {
    const parts = ['active', 'retrying', 'active'].map((phase) => part('run', phase));
    expect(attemptedWords(parts, (phase) => phase)).toBe('2 active, 1 retrying');
    expect(attemptedWords([part('run', null)], (phase) => phase)).toBe('Nothing yet');
  });
});
