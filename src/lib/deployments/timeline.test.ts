import { describe, expect, it } from 'vitest';
import { entriesOf, timelineOf } from './timeline';

const at = (second: number) => new Date(Date.UTC(2026, 10, 29, 10, 0, second)).toISOString();
const step = (to: string, second: number, kind: string) => ({
  from: null,
  to,
  at: at(second),
  actor: { kind, id: kind, name: kind === 'user' ? 'Mira' : kind },
  code: null,
  reason: to === 'pending_approval' ? 'please' : null,
});
const deployment = {
  transitions: [
    step('pending_approval', 1, 'user'),
    step('approved', 3, 'user'),
    step('building', 4, 'job'),
    step('active', 9, 'agent'),
  ],
  agents: [
    {
      name: 'edge-1',
      history: [
        { fact: 'running', value: 'yes', code: null, message: null, at: at(8) },
        { fact: 'attempted', value: 'fell_back', code: 'E_X', message: 'no host', at: at(6) },
        { fact: 'desired', value: 'run', code: null, message: null, at: at(5) },
      ],
    },
  ],
} as unknown as Parameters<typeof timelineOf>[0];

describe('the timeline of a deployment', () => {
  it('is one, of all that happened, newest first', () => {
    expect(timelineOf(deployment).map(({ what }) => what)).toEqual([
      'Active',
      'Proved that it runs',
      'Attempt: fell back',
      'Told to run it',
      'Building',
      'Approved',
      'Pending approval',
    ]);
  });

  it('keeps people and agents apart, and what is neither under all', () => {
    const all = timelineOf(deployment);
    expect(entriesOf(all, 'people').map(({ state }) => state)).toEqual([
      'approved',
      'pending_approval',
    ]);
    expect(entriesOf(all, 'agents').map(({ what }) => what)).toEqual([
      'Active',
      'Proved that it runs',
      'Attempt: fell back',
    ]);
    expect(entriesOf(all, 'all')).toHaveLength(7);
  });
});
