import { describe, expect, it } from 'vitest';
import { ATTEMPT_PHASES, type AttemptPhase } from '../agents/phases.ts';
import { OFFLINE_AFTER_MILLIS } from '../agents/status.ts';
import {
  healthOf,
  healthOverTime,
  proofOf,
  type DesiredState,
  type HealthKind,
  type PartFacts,
  type Proof,
} from './health.ts';

const now = new Date('2026-11-28T12:00:00.000Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

// ── One agent ───────────────────────────────────────────────────────────────────────────────────

const STATUSES = ['online', 'offline', 'never_seen', 'decommissioned'] as const;
type Status = (typeof STATUSES)[number];
const DESIRED = ['run', 'fallback', 'stop', null] as const;
/** `crash` is `starting` with a code. */
const ATTEMPTS = [null, ...ATTEMPT_PHASES, 'crash'] as const;
type Attempt = (typeof ATTEMPTS)[number];

interface Case {
  status: Status;
  desired: DesiredState | null;
  runs: boolean;
  ended: boolean;
  attempt: Attempt;
}

const CASES: Case[] = STATUSES.flatMap((status) =>
  DESIRED.flatMap((desired) =>
    [true, false].flatMap((runs) =>
      [true, false].flatMap((ended) =>
        ATTEMPTS.map((attempt) => ({ status, desired, runs, ended, attempt })),
      ),
    ),
  ),
);

function factsOf({ status, desired, runs, ended, attempt }: Case): PartFacts {
  const phase: AttemptPhase | null = attempt === 'crash' ? 'starting' : attempt;
  const wrong = ['crash', 'refused', 'retrying', 'fell_back', 'failed'].includes(attempt ?? '');
  return {
    agentId: 'a',
    agentName: 'edge-1',
    lastHeartbeatAt: status === 'never_seen' ? null : before(status === 'offline' ? 60 : 1),
    decommissionedAt: status === 'decommissioned' ? before(1) : null,
    desired,
    desiredAt: before(100),
    runningSince: runs ? before(90) : null,
    runningReportedAt: before(5),
    finishedAt: ended ? before(20) : null,
    attempt: phase && {
      phase,
      code: wrong ? 'E_WHY' : null,
      message: wrong ? 'Because.' : null,
      at: before(10),
      tries: wrong ? 2 : 0,
      nextTryAt: attempt === 'retrying' ? before(-30) : null,
    },
    lastWords: ['last'],
    drift: null,
    pressed: [],
  };
}

const any = undefined;
type Row = [
  status: readonly Status[] | undefined,
  desired: readonly (DesiredState | null)[] | undefined,
  runs: boolean | undefined,
  ended: boolean | undefined,
  attempt: readonly Attempt[] | undefined,
  expected: string,
];
const WANTED = ['run', 'fallback'] as const;
/** Every combination is in exactly one row. */
const TABLE: Row[] = [
  [any, ['stop', null], true, any, any, 'stopping'],
  [any, ['stop', null], false, any, any, 'not_wanted'],
  [any, WANTED, any, true, any, 'finished'],
  [['offline'], WANTED, true, false, any, 'unproved offline, ran'],
  [['offline'], WANTED, false, false, any, 'unproved offline'],
  [['never_seen'], WANTED, true, false, any, 'unproved never_seen, ran'],
  [['never_seen'], WANTED, false, false, any, 'unproved never_seen'],
  [['decommissioned'], WANTED, true, false, any, 'unproved decommissioned, ran'],
  [['decommissioned'], WANTED, false, false, any, 'unproved decommissioned'],
  [['online'], WANTED, true, false, any, 'running'],
  [['online'], ['fallback'], false, false, any, 'standing_by'],
  [['online'], ['run'], false, false, [null, 'fetching', 'verifying', 'starting'], 'starting'],
  [['online'], ['run'], false, false, ['refused'], 'not_running refused'],
  [['online'], ['run'], false, false, ['retrying'], 'not_running retrying'],
  [['online'], ['run'], false, false, ['fell_back'], 'not_running fell_back'],
  [['online'], ['run'], false, false, ['failed'], 'not_running failed'],
  [['online'], ['run'], false, false, ['crash'], 'not_running crashed'],
  [['online'], ['run'], false, false, ['active'], 'not_running stopped'],
];

function wordsOf(proof: Proof): string {
  if (proof.kind === 'not_running') return `not_running ${proof.trouble}`;
  if (proof.kind === 'unproved') return `unproved ${proof.why}${proof.ran ? ', ran' : ''}`;
  return proof.kind;
}

const rowsOf = (one: Case) =>
  TABLE.filter(
    ([status, desired, runs, ended, attempt]) =>
      (status === any || status.includes(one.status)) &&
      (desired === any || desired.includes(one.desired)) &&
      (runs === any || runs === one.runs) &&
      (ended === any || ended === one.ended) &&
      (attempt === any || attempt.includes(one.attempt)),
  );

describe('what one agent proves', () => {
  it('is decided for every combination of facts, by one row of the table each', () => {
    expect(CASES).toHaveLength(4 * 4 * 2 * 2 * 10);
    for (const one of CASES) {
      const rows = rowsOf(one);
      expect(rows, JSON.stringify(one)).toHaveLength(1);
      expect(wordsOf(proofOf(factsOf(one), now)), JSON.stringify(one)).toBe(rows[0]?.[5]);
    }
  });

  it('has no row that no combination reaches', () => {
    const reached = new Set(CASES.flatMap(rowsOf));
    expect(TABLE.filter((row) => !reached.has(row))).toEqual([]);
  });

  it('is starting between the word that it is active and the heartbeat that says whether it runs', () => {
    const one = { status: 'online', desired: 'run', runs: false, ended: false } as const;
    const told = { ...factsOf({ ...one, attempt: 'active' }), runningReportedAt: null };
    expect(proofOf(told, now)).toEqual({ kind: 'starting', since: before(10) });
  });

  it('carries cause, tries and the next step of what is not running', () => {
    const proof = proofOf(
      factsOf({ status: 'online', desired: 'run', runs: false, ended: false, attempt: 'retrying' }),
      now,
    );
    expect(proof).toEqual({
      kind: 'not_running',
      since: before(5),
      trouble: 'retrying',
      code: 'E_WHY',
      message: 'Because.',
      tries: 2,
      nextTryAt: before(-30),
    });
  });
});

// ── A deployment ────────────────────────────────────────────────────────────────────────────────

const as = (change: Partial<Case>) =>
  factsOf({
    status: 'online',
    desired: 'run',
    runs: false,
    ended: false,
    attempt: null,
    ...change,
  });
const AGENTS = {
  running: as({ runs: true, attempt: 'active' }),
  finished: as({ ended: true, attempt: 'active' }),
  starting: as({ attempt: 'fetching' }),
  not_running: as({ attempt: 'crash' }),
  unproved: as({ status: 'offline', runs: true }),
  standing_by: as({ desired: 'fallback' }),
  stopping: as({ desired: 'stop', runs: true }),
  not_wanted: as({ desired: 'stop' }),
} satisfies Record<Proof['kind'], PartFacts>;
const KINDS = Object.keys(AGENTS) as (keyof typeof AGENTS)[];

/** The rule in other words: what the set of agents holds decides, how many there are only counts. */
function expectedOf(kinds: ReadonlySet<string>): HealthKind | null {
  const has = (kind: string) => kinds.has(kind);
  const good = has('running') || has('finished');
  if (has('not_running') && has('unproved')) return 'degraded';
  if (has('not_running')) return good ? 'degraded' : 'not_running';
  if (has('unproved')) return good ? 'degraded' : 'unproved';
  if (has('starting')) return 'starting';
  if (has('running')) return 'running';
  if (has('finished')) return 'finished';
  if (has('stopping')) return 'stopping';
  return has('standing_by') ? 'standing_by' : null;
}

describe('the health of a deployment', () => {
  it('is decided for every mixture of up to four agents', () => {
    let mixtures: (keyof typeof AGENTS)[][] = [[]];
    for (let size = 0; size < 4; size += 1) {
      mixtures = [
        ...mixtures,
        ...mixtures
          .filter((mixture) => mixture.length === size)
          .flatMap((mixture) => KINDS.map((kind) => [...mixture, kind])),
      ];
    }
    expect(mixtures).toHaveLength(1 + 8 + 64 + 512 + 4096);
    for (const mixture of mixtures) {
      const health = healthOf(
        mixture.map((kind) => AGENTS[kind]),
        now,
      );
      expect(health?.kind ?? null, mixture.join(' ')).toBe(expectedOf(new Set(mixture)));
      if (!health) continue;
      const count = (kind: string) => mixture.filter((one) => one === kind).length;
      const aside = count('not_wanted') + count('standing_by') + count('stopping');
      expect(health.of, mixture.join(' ')).toBe(mixture.length - aside);
      if (health.kind !== 'stopping') expect(health.running).toBe(count('running'));
      expect(health.troubles).toHaveLength(count('not_running') + count('unproved'));
    }
  });

  it('never calls running what one wanted agent does not prove', () => {
    for (const kind of ['starting', 'not_running', 'unproved'] as const) {
      expect(healthOf([AGENTS.running, AGENTS[kind]], now)?.kind).not.toBe('running');
    }
  });

  it('is strained where all run, and one says that records can’t go on', () => {
    const pressed = [
      {
        lane: 'a.b',
        kind: 'full' as const,
        since: before(60).toISOString(),
        last: before(1).toISOString(),
        dropped: 0,
      },
    ];
    const strained = { ...AGENTS.running, pressed };
    const health = healthOf([AGENTS.running, AGENTS.finished, strained], now);
    expect(health).toMatchObject({ kind: 'strained', running: 2, finished: 1, of: 3 });
    expect(health?.pressures).toEqual([{ ...pressed[0], agentId: 'a', agentName: 'edge-1' }]);
    // What doesn't run is told first, and what nobody proves now has no pressure.
    expect(healthOf([strained, AGENTS.not_running], now)?.kind).toBe('degraded');
    expect(healthOf([strained, AGENTS.starting], now)?.kind).toBe('starting');
    expect(healthOf([{ ...AGENTS.unproved, pressed }], now)?.pressures).toEqual([]);
    expect(healthOverTime([strained], now).map((turn) => turn.health?.kind)).toEqual([
      'strained',
      'unproved',
    ]);
  });

  it('says since when nothing runs: since the last one stopped', () => {
    const earlier = { ...AGENTS.not_running, agentId: 'b', runningReportedAt: before(500) };
    expect(healthOf([earlier, AGENTS.not_running], now)?.since).toEqual(before(5));
  });

  it('changes by time alone, when an agent stays silent', () => {
    const other = { ...AGENTS.running, agentId: 'b', lastHeartbeatAt: before(3) };
    const course = healthOverTime([AGENTS.running, other], now);
    expect(course.map(({ health }) => health?.kind)).toEqual(['running', 'degraded', 'unproved']);
    expect(course.map(({ from }) => from.getTime() - now.getTime())).toEqual([
      0,
      OFFLINE_AFTER_MILLIS - 3000 + 1,
      OFFLINE_AFTER_MILLIS - 1000 + 1,
    ]);
    expect(course[2]?.health?.since).toEqual(before(1));
  });
});
