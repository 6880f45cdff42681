/**
 * Agents that wait to hear that something else is desired: the answer is held back until that is so.
 * What they hear only makes them report at once, and what to do comes with the answer to that heartbeat.
 * So whatever goes wrong here costs the time to the next heartbeat, and nothing else.
 */
import type { Logger } from 'pino';
import { ByteorError } from '../errors.ts';
import { askedTrials } from './asked-trials.ts';
import { HOLD_MILLIS, MAX_HELD } from '../limits/limits.ts';
import type { LiveBus } from '../live/bus.ts';
import type { Clock } from '../providers/clock.ts';
import type { Db } from '../providers/database.ts';
import { desiredDigest, desiredRows } from './desired-for.ts';

interface Waiting {
  id: string;
  orgId: string;
  environmentId: string;
}

export interface DesiredWaits {
  /**
   * Whether something else is desired of the agent than what has this digest; false after
   * {@link HOLD_MILLIS}. An agent waits once: whoever waited before for it is answered with false.
   */
  hold(agent: Waiting, unlike: string, signal: AbortSignal): Promise<boolean>;
  /** Answers everybody: this process ends. */
  cut(): void;
}

interface Held extends Waiting {
  unlike: string;
  answer(changed: boolean): void;
}

export function openDesiredWaits(db: Db, live: LiveBus, clock: Clock, log: Logger): DesiredWaits {
  const held = new Map<string, Held>();
  /** Those to look at, because something happened in their environment. */
  const due = new Set<Held>();
  let looking = false;

  /** One question at a time for all who are due: a rollout over many agents asks no more than that. */
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      while (due.size > 0) {
        const agents = [...due];
        due.clear();
        const rows = await desiredRows(db, agents);
        const trials = await askedTrials(db, agents, clock.now());
        for (const agent of agents) {
          const own = <Row extends { agentId: string }>(all: readonly Row[]) =>
            all.filter((row) => row.agentId === agent.id);
          if (desiredDigest(own(rows), own(trials)) !== agent.unlike) agent.answer(true);
        }
      }
    } catch (error) {
      log.warn({ err: error }, 'agents that wait learn of it with their next heartbeat');
    } finally {
      looking = false;
    }
  };
  live.subscribe(({ event }) => {
    // A trial of connections is told as news of its agent.
    if (event.type !== 'deployment' && event.type !== 'agent') return;
    for (const one of held.values()) {
      if (one.environmentId === event.environmentId) due.add(one);
    }
    void look();
  });

  return {
    async hold(agent, unlike, signal) {
      held.get(agent.id)?.answer(false);
      if (held.size >= MAX_HELD) {
        throw new ByteorError(429, 'too_many_waits', 'Too many agents wait here.', {
          help: 'Heartbeats tell the same.',
          args: { limit: MAX_HELD },
        });
      }
      return new Promise((resolve) => {
        const answer = (changed: boolean) => {
          if (held.get(agent.id) === one) held.delete(agent.id);
          clearTimeout(timer);
          signal.removeEventListener('abort', gone);
          resolve(changed);
        };
        const gone = () => answer(false);
        const one: Held = { ...agent, unlike, answer };
        const timer = setTimeout(gone, HOLD_MILLIS);
        signal.addEventListener('abort', gone);
        held.set(agent.id, one);
        // It may have changed since the heartbeat that the digest is from.
        due.add(one);
        void look();
      });
    },
    cut() {
      for (const one of held.values()) one.answer(false);
    },
  };
}
