import { describe, expect, it } from 'vitest';
import type { PartFacts } from './health.ts';
import { DEPLOYMENT_STATES } from './machine.ts';
import {
  BUILD_LATE_AFTER_MILLIS,
  WORKER_AWAY_AFTER_MILLIS,
  waitingOf,
  type WaitingFacts,
} from './waiting.ts';

const now = new Date('2026-11-28T12:00:00.000Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const part = (
  change: Partial<WaitingFacts['parts'][number]> = {},
): PartFacts & { confirmedAt: Date | null } => ({
  agentId: 'a',
  agentName: 'edge-1',
  lastHeartbeatAt: before(1),
  decommissionedAt: null,
  desired: 'run',
  desiredAt: before(30),
  runningSince: null,
  runningReportedAt: null,
  finishedAt: null,
  attempt: null,
  lastWords: [],
  drift: null,
  pressed: [],
  confirmedAt: null,
  ...change,
});
const facts: WaitingFacts = {
  state: 'deploying',
  since: before(60),
  decideUntil: before(-600),
  grantUntil: before(-300),
  workerSeenAt: before(2),
  parts: [part()],
};

describe('whom a deployment waits for', () => {
  it('is said in every state on the way, and in no other', () => {
    const whom = Object.fromEntries(
      DEPLOYMENT_STATES.map((state) => [state, waitingOf({ ...facts, state }, now)?.for ?? null]),
    );
    expect(whom).toEqual({
      pending_approval: 'person',
      approved: 'worker',
      building: 'worker',
      deploying: 'agents',
      active: null,
      failed: null,
      denied: null,
      withdrawn: null,
      rolling_back: null,
      rolled_back: null,
    });
  });

  it('comes with what happens if nobody does', () => {
    expect(waitingOf({ ...facts, state: 'pending_approval' }, now)?.next).toEqual({
      event: 'request_expires',
      at: before(-600),
    });
    for (const state of ['approved', 'building', 'deploying'] as const) {
      expect(waitingOf({ ...facts, state }, now)?.next).toEqual({
        event: 'grant_expires',
        at: before(-300),
      });
    }
  });

  it.each([
    [null, true, null],
    [before(WORKER_AWAY_AFTER_MILLIS / 1000), false, null],
    [
      before(WORKER_AWAY_AFTER_MILLIS / 1000 + 1),
      true,
      before(WORKER_AWAY_AFTER_MILLIS / 1000 + 1),
    ],
  ])('a worker that was seen at %s is away: %s', (workerSeenAt, away, awaySince) => {
    expect(waitingOf({ ...facts, state: 'approved', workerSeenAt }, now)).toMatchObject({
      away,
      awaySince,
    });
  });

  it.each([
    [BUILD_LATE_AFTER_MILLIS, 2, false],
    [BUILD_LATE_AFTER_MILLIS + 1, 2, true],
    // Nobody is there to build it: that is said instead.
    [BUILD_LATE_AFTER_MILLIS + 1, 90, false],
  ])('a build of %s ms, with a worker seen %s s ago, is late: %s', (millis, seen, late) => {
    const since = new Date(now.getTime() - millis);
    const workerSeenAt = before(seen);
    for (const state of ['approved', 'building'] as const)
      expect(waitingOf({ ...facts, state, since, workerSeenAt }, now)?.late).toBe(late);
  });

  it('are not the agents whose step hasn’t come', () => {
    const parts = [part(), part({ agentId: 'b', agentName: 'edge-2', desired: null })];
    const waiting = waitingOf({ ...facts, parts }, now);
    expect(waiting?.agents.map(({ agentName }) => agentName)).toEqual(['edge-1']);
  });

  it('are the agents that have not confirmed, with the silent ones named', () => {
    const waiting = waitingOf(
      {
        ...facts,
        parts: [
          part({ confirmedAt: before(3) }),
          part({ agentId: 'b', agentName: 'edge-2' }),
          part({ agentId: 'c', agentName: 'edge-3', lastHeartbeatAt: before(90) }),
          part({ agentId: 'd', agentName: 'edge-4', lastHeartbeatAt: null }),
        ],
      },
      now,
    );
    expect(waiting).toMatchObject({ away: true, awaySince: before(90) });
    expect(waiting?.agents.map((one) => [one.agentName, one.awaySince, one.neverSeen])).toEqual([
      ['edge-2', null, false],
      ['edge-3', before(90), false],
      ['edge-4', null, true],
    ]);
  });
});
