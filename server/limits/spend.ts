/** Spending of a budget where a request is answered, with the headers that every answer carries. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { rateLimited, type LimitClass, type Limits } from './limits.ts';
import { peerKey } from './peer.ts';

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

/** A route's first hook: before anything is looked up, for who asks isn't known yet. */
export function countedByPeer(limits: Limits, name: LimitClass = 'peer') {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> =>
    spend(limits, reply, name, peerKey(request.ip));
}
