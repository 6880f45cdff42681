/**
 * A rollout over agents that do what they like: a step begins only when all before it prove healthy for
 * the pause, or a person passed over who doesn't; and each agent is told once.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AT_ONCE,
  inOrder,
  rolloutOf,
  waveOf,
  type RolloutPart,
  type RolloutSteps,
} from './rollout.ts';

const START = new Date('2026-11-29T12:00:00.000Z').getTime();
const at = (seconds: number) => new Date(START + seconds * 1000);

function partOf(place: number, steps: RolloutSteps): RolloutPart {
  return {
    agentId: `a${place}`,
    agentName: `edge-${place}`,
    lastHeartbeatAt: at(0),
    decommissionedAt: null,
    desired: null,
    desiredAt: null,
    runningSince: null,
    runningReportedAt: null,
    finishedAt: null,
    attempt: null,
    lastWords: [],
    drift: null,
    pressed: [],
    wave: waveOf(place, steps),
    confirmedAt: null,
    failedAt: null,
    passedOverAt: null,
  };
}

const steps = fc.record({
  first: fc.integer({ min: 0, max: 3 }),
  step: fc.integer({ min: 0, max: 3 }),
  pauseSeconds: fc.constantFrom(0, 10, 60),
});

/** What happens to one agent, or to the time. */
const event = fc.oneof(
  fc.record({
    kind: fc.constantFrom('proves', 'crashes', 'retries', 'falls_silent', 'passed_over'),
    agent: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({ kind: fc.constant('passes'), seconds: fc.constantFrom(1, 5, 20, 70) }),
);

describe('a rollout', () => {
  it('skips no agent that is unhealthy, whatever the agents do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        steps,
        fc.array(event, { maxLength: 60 }),
        (agents, fixed, events) => {
          const parts = Array.from({ length: agents }, (_, place) => partOf(place, fixed));
          let seconds = 0;
          const told = new Map<string, number>();
          const silent = new Set<string>();
          const goOn = () => {
            const now = at(seconds);
            const rollout = rolloutOf(parts, fixed, now);
            expect(rollout.step).toBeLessThanOrEqual(rollout.of);
            // Paused, waiting and going on exclude each other.
            const does = [rollout.paused, rollout.waitsUntil, rollout.next.length > 0 || null];
            expect(does.filter((one) => one !== null).length).toBeLessThanOrEqual(1);
            for (const id of rollout.next) {
              const part = parts.find((one) => one.agentId === id);
              expect(part?.desired).toBeNull();
              told.set(id, (told.get(id) ?? 0) + 1);
              for (const before of parts) {
                if (before.wave >= (part?.wave ?? 0) || before.passedOverAt) continue;
                // All before it were told, proved it, run it now, and did for the pause.
                expect(before.desired).toBe('run');
                expect(before.confirmedAt).not.toBeNull();
                expect(silent.has(before.agentId)).toBe(false);
                const since = Math.max(
                  before.confirmedAt?.getTime() ?? Infinity,
                  before.runningSince?.getTime() ?? Infinity,
                );
                expect(now.getTime() - since).toBeGreaterThanOrEqual(fixed.pauseSeconds * 1000);
              }
              if (part) Object.assign(part, { desired: 'run', desiredAt: now });
            }
          };
          for (const one of events) {
            goOn();
            if ('seconds' in one) {
              seconds += one.seconds;
              for (const part of parts) {
                if (!silent.has(part.agentId)) part.lastHeartbeatAt = at(seconds);
              }
              continue;
            }
            const part = parts[one.agent];
            if (!part || part.desired !== 'run') continue;
            const now = at(seconds);
            const attempt = { code: 'E_WHY', message: null, at: now, tries: 1, nextTryAt: null };
            switch (one.kind) {
              case 'proves':
                silent.delete(part.agentId);
                part.lastHeartbeatAt = now;
                part.confirmedAt ??= now;
                part.runningSince ??= now;
                part.attempt = { ...attempt, phase: 'active', code: null };
                break;
              case 'crashes':
                part.runningSince = null;
                part.attempt = { ...attempt, phase: 'starting' };
                break;
              case 'retries':
                if (part.confirmedAt) break;
                part.attempt = { ...attempt, phase: 'retrying' };
                break;
              case 'falls_silent':
                silent.add(part.agentId);
                part.lastHeartbeatAt = at(seconds - 60);
                break;
              case 'passed_over':
                part.passedOverAt = now;
            }
          }
          goOn();
          for (const times of told.values()) expect(times).toBe(1);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('begins with one, then steps', () => {
    const waves = (fixed: RolloutSteps) => [0, 1, 2, 3, 4, 5].map((place) => waveOf(place, fixed));
    expect(waves({ first: 1, step: 0, pauseSeconds: 0 })).toEqual([0, 1, 1, 1, 1, 1]);
    expect(waves({ first: 1, step: 2, pauseSeconds: 0 })).toEqual([0, 1, 1, 2, 2, 3]);
    expect(waves({ first: 2, step: 3, pauseSeconds: 0 })).toEqual([0, 0, 1, 1, 1, 2]);
    expect(waves(AT_ONCE)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('begins with an agent that is heard', () => {
    const agent = (id: string, heard: Date | null) => ({
      id,
      lastHeartbeatAt: heard,
      decommissionedAt: null,
    });
    const agents = [agent('a', null), agent('c', at(-1)), agent('b', at(-2)), agent('d', at(-90))];
    expect(inOrder(agents, at(0)).map(({ id }) => id)).toEqual(['b', 'c', 'a', 'd']);
  });

  it('is paused by trouble with its cause, and goes on when that is over', () => {
    const fixed = { first: 1, step: 0, pauseSeconds: 10 };
    const [one, two] = [partOf(0, fixed), partOf(1, fixed)];
    Object.assign(one, { desired: 'run', desiredAt: at(-30) });
    one.attempt = {
      phase: 'fell_back',
      code: 'E_ADAPTER_RESOLVE',
      message: 'no such host',
      at: at(-5),
      tries: 2,
      nextTryAt: at(20),
    };
    expect(rolloutOf([one, two], fixed, at(0))).toMatchObject({
      step: 1,
      of: 2,
      waitsUntil: null,
      next: [],
      paused: {
        since: at(-5),
        causes: [{ agentName: 'edge-0', code: 'E_ADAPTER_RESOLVE', tries: 2, nextTryAt: at(20) }],
      },
    });
    one.attempt = { ...one.attempt, phase: 'active', code: null, message: null };
    Object.assign(one, { confirmedAt: at(-4), runningSince: at(-4) });
    expect(rolloutOf([one, two], fixed, at(0))).toMatchObject({
      paused: null,
      waitsUntil: at(6),
      next: [],
    });
    expect(rolloutOf([one, two], fixed, at(6)).next).toEqual(['a1']);
  });

  /** The agents of a step that was told, as they stand. */
  const runs = (part: RolloutPart) =>
    Object.assign(part, { desired: 'run', confirmedAt: at(-60), runningSince: at(-60) });
  const silent = (part: RolloutPart) =>
    Object.assign(part, { desired: 'run', desiredAt: at(-60), lastHeartbeatAt: at(-60) });

  it('waits for no agent that was decommissioned, and skips a step of which none is left', () => {
    const fixed = { first: 1, step: 1, pauseSeconds: 0 };
    const [one, two, three] = [partOf(0, fixed), partOf(1, fixed), partOf(2, fixed)];
    runs(one);
    two.decommissionedAt = at(-1);
    expect(rolloutOf([one, two, three], fixed, at(0))).toMatchObject({
      next: ['a2'],
      paused: null,
    });
    // Also where it was told already, and never proved it.
    Object.assign(silent(two), { desired: 'stop' });
    expect(rolloutOf([one, two, three], fixed, at(0)).next).toEqual(['a2']);
    expect(rolloutOf([two], fixed, at(0))).toMatchObject({ next: [], paused: null });
  });

  it('is paused at its end by an agent that a person passed over, so that a person can end it', () => {
    const fixed = { first: 1, step: 0, pauseSeconds: 0 };
    const [one, two] = [partOf(0, fixed), partOf(1, fixed)];
    silent(one);
    one.passedOverAt = at(-30);
    expect(rolloutOf([one, two], fixed, at(0))).toMatchObject({ next: ['a1'], paused: null });
    Object.assign(two, { desired: 'run', desiredAt: at(-1) });
    expect(rolloutOf([one, two], fixed, at(0)).paused).toBeNull();
    runs(two);
    expect(rolloutOf([one, two], fixed, at(0))).toMatchObject({
      next: [],
      paused: { causes: [{ agentName: 'edge-0', code: 'agent_silent' }] },
    });
  });
});
