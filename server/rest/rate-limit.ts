/**
 * Sliding-window limits per credential, two weighted buckets in memory: the share of the last window
 * that still counts, plus this window.
 */
import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { ByteorError } from '../errors.ts';
import type { Clock } from '../providers/clock.ts';

export interface Limit {
  requests: number;
  windowMillis: number;
}

interface Bucket {
  window: number;
  current: number;
  previous: number;
}

export interface Verdict {
  allowed: boolean;
  remaining: number;
  /** Seconds until the window moves on. */
  resetSeconds: number;
}

const FORGET_ABOVE = 10_000;

export function slidingWindow(limit: Limit) {
  const buckets = new Map<string, Bucket>();
  return (key: string, now: number): Verdict => {
    const window = Math.floor(now / limit.windowMillis);
    if (buckets.size > FORGET_ABOVE) {
      for (const [name, bucket] of buckets) if (bucket.window < window - 1) buckets.delete(name);
    }
    const known = buckets.get(key) ?? { window, current: 0, previous: 0 };
    const bucket: Bucket =
      known.window === window
        ? known
        : { window, current: 0, previous: known.window === window - 1 ? known.current : 0 };
    buckets.set(key, bucket);
    const passed = (now % limit.windowMillis) / limit.windowMillis;
    const used = bucket.previous * (1 - passed) + bucket.current;
    const allowed = used < limit.requests;
    if (allowed) bucket.current += 1;
    return {
      allowed,
      remaining: Math.max(0, Math.floor(limit.requests - used - (allowed ? 1 : 0))),
      resetSeconds: Math.ceil((limit.windowMillis * (1 - passed)) / 1000),
    };
  };
}

/** Enrolling is rare; everything else is an agent's heartbeat once a second and its fetches. */
const ENROLL: Limit = { requests: 30, windowMillis: 60_000 };
const OTHER: Limit = { requests: 600, windowMillis: 60_000 };

export function limitRequests(app: FastifyInstance, clock: Clock): void {
  const enroll = slidingWindow(ENROLL);
  const other = slidingWindow(OTHER);
  app.addHook('onRequest', async (request, reply) => {
    const isEnroll = request.method === 'POST' && request.routeOptions.url?.endsWith('/agents');
    const credential = request.headers.authorization ?? request.headers.cookie ?? request.ip;
    // Enrolling is limited by peer: each try brings another token.
    const key = isEnroll ? request.ip : createHash('sha256').update(credential).digest('base64url');
    const verdict = (isEnroll ? enroll : other)(key, clock.now().getTime());
    reply.header('x-ratelimit-remaining', verdict.remaining);
    reply.header('x-ratelimit-reset', verdict.resetSeconds);
    if (!verdict.allowed) {
      reply.header('retry-after', verdict.resetSeconds);
      throw new ByteorError(429, 'rate_limited', 'Too many requests.', {
        help: `Try again in ${verdict.resetSeconds} s.`,
      });
    }
  });
}
