/**
 * How often who may ask (docs/spec/rest.md, "Limits"). One set of budgets for a process: both REST
 * prefixes and the page's procedures spend of the same ones.
 *
 * Before anything is looked up, a request counts by peer; once it is known who asks, by caller. So
 * nobody spends another's budget by naming a credential that isn't known.
 */
import { ByteorError } from '../errors.ts';
import type { Clock } from '../providers/clock.ts';
import { slidingWindow, type Limit, type Verdict } from './sliding-window.ts';

const MINUTE = 60_000;

export const LIMITS = {
  /** By peer, whatever it asks for: a host of agents and an office of people fit in. */
  peer: { requests: 6000, windowMillis: MINUTE },
  /** By peer, for what needs no session and opens one. */
  sign_in: { requests: 30, windowMillis: MINUTE },
  /** By peer: each try brings another token. */
  enroll: { requests: 30, windowMillis: MINUTE },
  /** By agent: a heartbeat a second, and its fetches. */
  agent: { requests: 600, windowMillis: MINUTE },
  /** Trials of connections by agent, whoever asks: each makes its host knock at addresses. */
  trial: { requests: 30, windowMillis: MINUTE },
  /** By person, over all of the sessions; each call of a batch counts. */
  person: { requests: 1200, windowMillis: MINUTE },
} satisfies Record<string, Limit>;

export type LimitClass = keyof typeof LIMITS;

/** Calls that one batch of the page may hold. */
export const MAX_BATCH = 20;

/** Live streams that one person may have open in this process: one for each tab, with room. */
export const MAX_STREAMS = 20;

/** How long an agent that waits for something else to be desired is kept waiting. */
export const HOLD_MILLIS = 10_000;

/** Agents that wait so in one process; each waits once. */
export const MAX_HELD = 2000;

/** Spends of a budget; the verdict is for the answer's headers. */
export type Limits = (name: LimitClass, key: string, cost?: number) => Verdict;

export function openLimits(clock: Clock): Limits {
  const windows = Object.fromEntries(
    Object.entries(LIMITS).map(([name, limit]) => [name, slidingWindow(limit)]),
  ) as Record<LimitClass, ReturnType<typeof slidingWindow>>;
  return (name, key, cost = 1) => windows[name](key, clock.now().getTime(), cost);
}

export function rateLimited(name: LimitClass, { resetSeconds }: Verdict): ByteorError {
  return new ByteorError(429, 'rate_limited', 'Too many requests.', {
    help: `Try again in ${resetSeconds} s.`,
    args: { limit: name, retryAfterSeconds: resetSeconds },
  });
}
