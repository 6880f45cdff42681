import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  healthAt,
  lookOfHealth,
  lookOfTrouble,
  needsSomebody,
  placeWords,
  pressureWords,
  provesRunning,
  troubleWords,
  type Course,
  type Health,
  type Trouble,
} from './health';

const health = (change: Partial<Health>): Health => ({
  kind: 'running',
  running: 1,
  finished: 0,
  of: 1,
  runsOn: [],
  since: null,
  troubles: [],
  pressures: [],
  peers: [],
  ...change,
});
const KINDS: Health['kind'][] = [
  'running',
  'strained',
  'finished',
  'starting',
  'degraded',
  'not_running',
  'unproved',
  'standing_by',
  'stopping',
];
const TROUBLES: Trouble['kind'][] = [
  'refused',
  'retrying',
  'fell_back',
  'failed',
  'crashed',
  'stopped',
  'drifted',
  'unproved',
];

describe('health on the page', () => {
  it('turns by time alone, counted from when the answer came', () => {
    const course: Course = [
      { afterMs: 0, health: health({}) },
      { afterMs: 9000, health: health({ kind: 'unproved', running: 0 }) },
    ];
    const came = 1_000_000;
    expect(healthAt(course, came)?.kind).toBe('running');
    expect(healthAt(course, came + 8999)?.kind).toBe('running');
    expect(healthAt(course, came + 9000)?.kind).toBe('unproved');
    // Shown again later by another part of the page, it is as old as it is.
    expect(healthAt(course, came + 20_000)?.kind).toBe('unproved');
  });

  it('has a word and an icon of its own for each kind', () => {
    const looks = KINDS.map((kind) => lookOfHealth(health({ kind })));
    expect(new Set(looks.map((look) => look.label)).size).toBe(KINDS.length);
    expect(new Set(looks.map((look) => look.icon)).size).toBe(KINDS.length);
  });

  it('is green only where every wanted agent proves it, or has come to its end', () => {
    const green = KINDS.filter((kind) => lookOfHealth(health({ kind })).tone === 'ok');
    expect(green).toEqual(['running', 'finished']);
    expect(KINDS.filter((kind) => needsSomebody(health({ kind })))).toEqual([
      'strained',
      'degraded',
      'not_running',
      'unproved',
    ]);
    expect(KINDS.filter((kind) => provesRunning(health({ kind })))).toEqual([
      'running',
      'strained',
    ]);
  });

  it('says of a pressed lane what becomes of the records, and what to do', () => {
    const pressure = {
      lane: 'a.b',
      kind: 'full' as const,
      since: '2026-11-29T12:00:00.000Z',
      last: '2026-11-29T12:01:00.000Z',
      dropped: 0,
      agentId: 'a',
      agentName: 'edge-1',
    };
    expect(pressureWords(pressure)).toMatchObject({
      what: 'Lane a.b stands full on edge-1',
      next: expect.stringContaining('Nothing is lost') as string,
    });
    const drops = { ...pressure, kind: 'dropping' as const, dropped: 1 };
    expect(pressureWords(drops).next).toContain('discarded 1 record,');
    expect(pressureWords({ ...pressure, lane: 'ring' }).what).toBe(
      'The ring stands full on edge-1',
    );
  });

  it('says "runs in" only while an agent proves it', () => {
    const course: Course = [
      { afterMs: 0, health: health({}) },
      { afterMs: 100, health: health({ kind: 'unproved', running: 0 }) },
    ];
    expect(placeWords(course, 0, 'production')).toBe('runs in production');
    expect(placeWords(course, 100, 'production')).toBe('deployed to production');
  });

  it('counts: how many run, of how many, and how many ended', () => {
    expect(lookOfHealth(health({ running: 2, of: 3, finished: 1 })).label).toBe(
      'Running 2 of 3, 1 ended',
    );
    expect(lookOfHealth(health({ kind: 'degraded', running: 1, of: 2 })).label).toBe(
      'Degraded, 1 of 2 proved',
    );
  });
});

describe('an agent’s trouble', () => {
  it('is refused, retrying or fell back: three words, three looks, three next steps', () => {
    const three = (['refused', 'retrying', 'fell_back'] as const).map((kind) => ({
      ...lookOfTrouble(kind),
      ...troubleWords({ kind, agentName: 'edge-1', tries: 1 }),
    }));
    for (const key of ['label', 'tone', 'icon', 'what', 'next'] as const) {
      expect(new Set(three.map((one) => one[key])).size, key).toBe(3);
    }
    expect(three[0]?.next).toMatch(/never tried again/);
  });

  it('names the agent and says what happens next, whatever it is', () => {
    for (const kind of TROUBLES) {
      const { what, next } = troubleWords({ kind, agentName: 'edge-1', tries: 1 });
      expect(what).toContain('edge-1');
      expect(next).toMatch(/\.$/);
    }
  });

  it('counts the tries that are left by the ladder of the agent', () => {
    const source = readFileSync('crates/byteor-agent/src/slot/ladder.rs', 'utf8');
    const steps = Number(/const FALLS: \[u64; (\d+)\]/u.exec(source)?.[1]);
    const left = (tries: number) =>
      troubleWords({ kind: 'fell_back', agentName: 'edge-1', tries }).next;
    expect(left(1)).toContain(`${steps} more times`);
    expect(left(steps)).toContain('once more');
    expect(left(steps + 1)).toContain('its last try');
  });
});
