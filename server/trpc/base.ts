/** tRPC's foundation: context, error shape, and the procedure that needs a signed-in person. */
import { initTRPC, TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import { loadCaller, type Caller } from '../caller.ts';
import {
  ByteorError,
  errorBody,
  inputInvalid,
  issuesOf,
  signInRequired,
  type ErrorBody,
  type ErrorStatus,
} from '../errors.ts';
import { MAX_BATCH } from '../limits/limits.ts';
import { PING_MILLIS } from '../live/watch-events.ts';
import type { Call } from '../operation.ts';
import { databaseRefusal } from '../db/refusals.ts';

export type TrpcContext = Call;

const TRPC_CODE: Record<ErrorStatus, TRPCError['code']> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};

/** A refusal of ours as tRPC carries it, with its status. */
export function trpcErrorOf(cause: ByteorError): TRPCError {
  return new TRPCError({ code: TRPC_CODE[cause.status], message: cause.message, cause });
}

/** tRPC's own refusals, before a procedure was found or its input read. */
const FRAMEWORK: Partial<Record<TRPCError['code'], ErrorBody>> = {
  NOT_FOUND: { code: 'procedure_not_found', message: 'There is no such procedure.' },
  METHOD_NOT_SUPPORTED: {
    code: 'procedure_kind_wrong',
    message: 'A query is asked for with GET, a mutation with POST.',
  },
  PARSE_ERROR: { code: 'body_not_json', message: 'The input is not JSON.' },
  UNSUPPORTED_MEDIA_TYPE: { code: 'media_type_unsupported', message: 'Send the input as JSON.' },
  PAYLOAD_TOO_LARGE: { code: 'body_too_large', message: 'The body is larger than 4 MiB.' },
  BAD_REQUEST: { code: 'request_invalid', message: 'The request is not valid.' },
  CLIENT_CLOSED_REQUEST: { code: 'request_invalid', message: 'The client went away.' },
};
/** By tRPC's own words, for it has no code of its own. */
const BATCH_TOO_LARGE = 'Batch call exceeds maximum size';

/** What every failing answer carries as `data.byteor`. */
function bodyOf(error: TRPCError): ErrorBody {
  const cause = error.cause;
  if (cause instanceof ByteorError) return errorBody(cause);
  if (cause instanceof ZodError) return errorBody(inputInvalid(issuesOf(cause)));
  if (error.message === BATCH_TOO_LARGE) {
    return {
      code: 'batch_too_large',
      message: `A batch holds at most ${MAX_BATCH} calls.`,
      args: { limit: MAX_BATCH },
    };
  }
  return (
    FRAMEWORK[error.code] ?? {
      code: 'internal_error',
      message: 'Something went wrong on the server.',
      help: 'Try again; the server log names the cause.',
    }
  );
}

const t = initTRPC.context<TrpcContext>().create({
  sse: {
    ping: { enabled: true, intervalMs: PING_MILLIS },
    client: { reconnectAfterInactivityMs: 30_000 },
  },
  errorFormatter: ({ shape, error }) => {
    const byteor = bodyOf(error);
    const { stack: _, ...data } = shape.data;
    return { ...shape, message: byteor.message, data: { ...data, byteor } };
  },
});

/** Refusals keep their code on the way through tRPC, ours and the database's. */
const refusals = t.middleware(async ({ next }) => {
  const result = await next();
  if (result.ok) return result;
  const refusal =
    result.error.cause instanceof ByteorError
      ? result.error.cause
      : databaseRefusal(result.error.cause);
  if (refusal) throw trpcErrorOf(refusal);
  return result;
});

export const router = t.router;
export const publicProcedure = t.procedure.use(refusals);

/** Needs a session; gives the operation its caller. */
export const procedure = publicProcedure.use(async ({ ctx, next }) => {
  if (!ctx.user) {
    throw signInRequired();
  }
  const caller: Caller = await loadCaller(ctx.services.database.client, ctx.user);
  return next({ ctx: { ...ctx, caller } });
});
