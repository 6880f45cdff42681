import { describe, expect, it } from 'vitest';
import { adapters } from '../compiler/adapters';
import type { AdapterReport } from '../compiler/types';
import {
  lagLook,
  lagNotes,
  notThereYet,
  peerFacts,
  peerLook,
  refusedWords,
  sidesSeen,
  type SeenSide,
} from './adapters';
import type { Agent } from './numbers';

const at = '2026-12-01T04:00:00.000Z';
const seen = (kind: string, change: Partial<AdapterReport> = {}): AdapterReport => ({
  kind,
  up_since: null,
  down_since: null,
  failures: 0,
  in_flight: 0,
  refused: 0,
  lag: null,
  lag_or_more: false,
  rebalances: null,
  listening: null,
  error: null,
  error_at: null,
  ...change,
});
const side = (name: SeenSide['side'], kind: string, change?: Partial<AdapterReport>): SeenSide => ({
  agent: { agentId: 'a', name: 'edge-1', status: 'online' } as unknown as Agent,
  side: name,
  boundary: null,
  seen: seen(kind, change),
});

describe('what is seen of both sides', () => {
  it('says of each adapter how far behind it is, or that nobody knows, and never 0 for that', () => {
    const looked = adapters
      .filter(({ ingress }) => ingress)
      .map(({ kind, ingress }) => ({
        kind,
        told: ingress?.lag.is === 'told' ? ingress.lag.unit : null,
        look: lagLook(side('source', kind, { lag: 2 })),
        unknown: lagLook(side('source', kind)),
        notes: lagNotes([side('source', kind)]),
      }));
    expect(looked.length).toBeGreaterThan(10);
    for (const { kind, told, look, unknown, notes } of looked) {
      expect(look, kind).toEqual(told === null ? 'not known' : { count: 2, unit: told });
      expect(unknown, kind).toBe('not known');
      expect(notes[0]?.words, kind).toMatch(/\w.*\.$/);
    }
  });

  it('says of what left a pipeline that it isn’t at the other end yet', () => {
    const agent = (status: string, sink: AdapterReport | null) =>
      ({ status, adapters: { source: seen('http', { in_flight: 9 }), sink } }) as unknown as Agent;
    const waits = (kind: string, in_flight: number) => agent('online', seen(kind, { in_flight }));
    expect(notThereYet([waits('kafka', 0), agent('online', null)])).toBe('');
    expect(notThereYet([agent('offline', seen('kafka', { in_flight: 5 }))])).toBe('');
    expect(notThereYet([waits('kafka', 1_200), waits('http', 1), waits('kafka', 3)])).toBe(
      '1,203 of those out not yet at Kafka, 1 of those out not yet at HTTP',
    );
  });

  it('counts in the adapter’s unit, exactly or at least', () => {
    expect(lagLook(side('source', 'redis', { lag: 1 }))).toEqual({ count: 1, unit: 'entry' });
    expect(lagLook(side('source', 's3', { lag: 1 }))).toEqual({ count: 1, unit: 'object' });
    expect(lagLook(side('source', 's3', { lag: 1, lag_or_more: true }))).toEqual({
      count: 1,
      unit: 'objects or more',
    });
    expect(lagLook(side('sink', 'kafka'))).toBeNull();
  });

  it('tells a peer from clients, and both from the host itself', () => {
    const word = (change: Partial<AdapterReport>, kind = 'websocket') =>
      peerLook(side('source', kind, change)).word;
    const listening = { since: at, connections: 1, refused: 2 };
    expect(word({ up_since: at })).toBe('Connected');
    expect(word({ down_since: at, listening })).toBe('Doesn’t answer');
    expect(word({ listening })).toBe('Listening');
    expect(word({})).toBe('No word yet');
    expect(word({}, 'stdio')).toBe('On the host');
    expect(peerFacts(side('source', 'http', { listening }))).toEqual(['1 open connection']);
    expect(peerFacts(side('source', 'kafka', { rebalances: 3 }))).toEqual([
      'partitions moved 3 times',
    ]);
  });

  it('tells records that a peer refused from requests that a side refused', () => {
    const listening = { since: at, connections: 0, refused: 1 };
    expect(refusedWords(side('sink', 'postgres', { refused: 1200 }))).toBe('1,200 records');
    expect(refusedWords(side('source', 'http', { listening }))).toBe('1 request');
    expect(refusedWords(side('sink', 'websocket', { listening }))).toBe('0 records, 1 request');
    expect(refusedWords(side('source', 'kafka'))).toBe('–');
  });

  it('is nothing of an agent that isn’t heard', () => {
    const of = (status: string) =>
      ({ status, adapters: { source: seen('kafka'), sink: null } }) as unknown as Agent;
    expect(sidesSeen([of('online'), of('offline')]).map((one) => one.side)).toEqual(['source']);
  });

  it('has a row for each of several boundaries', () => {
    const boundaries = ['few', 'all'].map((id) => ({ side: 'sink', id, seen: seen('kafka') }));
    const agent = {
      status: 'online',
      adapters: { source: seen('http'), sink: null, boundaries },
    } as unknown as Agent;
    expect(sidesSeen([agent]).map(({ side, boundary }) => [side, boundary])).toEqual([
      ['source', null],
      ['sink', 'few'],
      ['sink', 'all'],
    ]);
  });
});
