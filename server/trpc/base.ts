/** tRPC's foundation: context, error shape, and the procedure that needs a signed-in person. */
import { initTRPC, TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import { loadCaller, type Caller } from '../caller.ts';
import {
  ByteorError,
  errorBody,
  signInRequired,
  type ErrorBody,
  type ErrorStatus,
} from '../errors.ts';
import type { Call } from '../operation.ts';

export type TrpcContext = Call;

const TRPC_CODE: Record<ErrorStatus, TRPCError['code']> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};

/** What every failing answer carries as `data.byteor`. */
function bodyOf(error: TRPCError): ErrorBody {
  const cause = error.cause;
  if (cause instanceof ByteorError) return errorBody(cause);
  if (cause instanceof ZodError) {
    const first = cause.issues[0];
    const where = first?.path.join('.') ?? '';
    return {
      code: 'input_invalid',
      message: first ? `${where ? `${where}: ` : ''}${first.message}` : 'The input is not valid.',
      args: {
        issues: cause.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
      },
    };
  }
  if (error.code === 'NOT_FOUND') {
    return { code: 'procedure_not_found', message: error.message };
  }
  return {
    code: 'internal_error',
    message: 'Something went wrong on the server.',
    help: 'Try again; the server log names the cause.',
  };
}

const t = initTRPC.context<TrpcContext>().create({
  sse: {
    ping: { enabled: true, intervalMs: 10_000 },
    client: { reconnectAfterInactivityMs: 30_000 },
  },
  errorFormatter: ({ shape, error }) => {
    const byteor = bodyOf(error);
    const { stack: _, ...data } = shape.data;
    return { ...shape, message: byteor.message, data: { ...data, byteor } };
  },
});

/** Domain errors keep their code on the way through tRPC. */
const domainErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (!result.ok && result.error.cause instanceof ByteorError) {
    const cause = result.error.cause;
    throw new TRPCError({ code: TRPC_CODE[cause.status], message: cause.message, cause });
  }
  return result;
});

export const router = t.router;
export const publicProcedure = t.procedure.use(domainErrors);

/** Needs a session; gives the operation its caller. */
export const procedure = publicProcedure.use(async ({ ctx, next }) => {
  if (!ctx.user) {
    throw signInRequired();
  }
  const caller: Caller = await loadCaller(ctx.services.database.client, ctx.user);
  return next({ ctx: { ...ctx, caller } });
});
