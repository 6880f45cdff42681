/** Spending of a budget where a request is answered, with the headers that every answer carries. */
import type { FastifyReply } from 'fastify';
import { rateLimited, type LimitClass, type Limits } from './limits.ts';

/** Passes, or throws 429 with `Retry-After`. The last budget that was asked is in the headers. */
export function spend(
  limits: Limits,
  reply: FastifyReply,
  name: LimitClass,
  key: string,
  cost = 1,
): void {
  const verdict = limits(name, key, cost);
  reply.header('x-ratelimit-remaining', verdict.remaining);
  reply.header('x-ratelimit-reset', verdict.resetSeconds);
  if (verdict.allowed) return;
  reply.header('retry-after', verdict.resetSeconds);
  throw rateLimited(name, verdict);
}
