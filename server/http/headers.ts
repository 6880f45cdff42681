/**
 * Headers: those that every answer carries, whatever gives it (API, page, file), and the request's as
 * operations are given them. The page's content security policy alone stands elsewhere
 * (`svelte.config.js`), because its nonces are made with each document.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The header in which the server passes the peer's address; whatever a client sent is overwritten. */
const PEER_ADDRESS_HEADER = 'x-byteor-peer-address';

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** What may hold a secret is kept by nobody: answers of both edges, and the pages that links open. */
const NEVER_STORED = /^\/(trpc|api|v1|sign-in|invite)(\/|\?|$)/;

export function answerHeaders(request: FastifyRequest, reply: FastifyReply): void {
  for (const [name, value] of Object.entries(ALWAYS)) reply.header(name, value);
  if (NEVER_STORED.test(request.url)) reply.header('cache-control', 'no-store');
}

export function toHeaders(incoming: IncomingHttpHeaders, peer: string | undefined): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined || name.startsWith(':')) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  headers.delete(PEER_ADDRESS_HEADER);
  if (peer) headers.set(PEER_ADDRESS_HEADER, peer);
  return headers;
}
