/** Who makes a call of the page, after it was counted: by peer before anything is looked up. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TRPCRequestInfo } from '@trpc/server/http';
import { databaseRefusal } from '../db/refusals.ts';
import { ByteorError } from '../errors.ts';
import { toHeaders } from '../http/headers.ts';
import { peerKey } from '../limits/peer.ts';
import { spend } from '../limits/spend.ts';
import type { Streams } from '../live/streams.ts';
import { operationAt } from '../operations.ts';
import type { Services } from '../services.ts';
import { trpcErrorOf, type TrpcContext } from './base.ts';

interface Incoming {
  req: FastifyRequest;
  res: FastifyReply;
  info: TRPCRequestInfo;
}

/** A change that needs no session opens one, or looks for one: it has a budget of its own. */
function opensSession(path: string): boolean {
  const operation = operationAt(path);
  return operation?.kind === 'change' && operation.declaration.needs === 'nobody';
}

export async function contextOf(
  services: Services,
  streams: Streams,
  { req, res, info }: Incoming,
): Promise<TrpcContext> {
  try {
    const peer = peerKey(req.ip);
    const count = info.calls.length;
    spend(services.limits, res, 'peer', peer, count);
    const opening = info.calls.filter(({ path }) => opensSession(path)).length;
    if (opening > 0) spend(services.limits, res, 'sign_in', peer, opening);
    const headers = toHeaders(req.headers, req.ip);
    const user = await services.identity.userOf(headers);
    if (user) spend(services.limits, res, 'person', user.id, count);
    if (user && info.type === 'subscription') streams.open(user.id, res.raw);
    return {
      services,
      headers,
      user,
      setCookies: (cookies) => {
        for (const cookie of cookies) res.header('set-cookie', cookie);
      },
    };
  } catch (error) {
    // What is thrown here meets no middleware: it has to be a refusal with its status already, also
    // where the session couldn't be looked up because the database is away.
    const refusal = error instanceof ByteorError ? error : databaseRefusal(error);
    throw refusal ? trpcErrorOf(refusal) : error;
  }
}
