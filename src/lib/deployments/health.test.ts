import { describe, expect, it } from 'vitest';
import {
  healthAt,
  lookOfHealth,
  lookOfTrouble,
  needsSomebody,
  placeWords,
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
  since: null,
  troubles: [],
  ...change,
});
const KINDS: Health['kind'][] = [
  'running',
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
      'degraded',
      'not_running',
      'unproved',
    ]);
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
      ...troubleWords({ kind, agentName: 'edge-1' }),
    }));
    for (const key of ['label', 'tone', 'icon', 'what', 'next'] as const) {
      expect(new Set(three.map((one) => one[key])).size, key).toBe(3);
    }
    expect(three[0]?.next).toMatch(/never tried again/);
  });

  it('names the agent and says what happens next, whatever it is', () => {
    for (const kind of TROUBLES) {
      const { what, next } = troubleWords({ kind, agentName: 'edge-1' });
      expect(what).toContain('edge-1');
      expect(next).toMatch(/\.$/);
    }
  });
});
