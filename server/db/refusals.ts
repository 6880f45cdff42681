/**
 * What the database itself refuses, in our words: the one place that knows its codes. Inputs are
 * bounded by their schemas; this is for what no schema can know, and for what one forgot.
 */
import { Prisma } from './generated/client.ts';
import { ByteorError, conflict } from '../errors.ts';

/** The five characters by which PostgreSQL names an error, however Prisma wrapped it. */
function sqlState(error: unknown): string | null {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) {
    const { code } = (error ?? {}) as { code?: unknown };
    return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
  }
  const meta = error.meta as
    { driverAdapterError?: { cause?: { originalCode?: unknown } } } | undefined;
  const code = meta?.driverAdapterError?.cause?.originalCode;
  return typeof code === 'string' ? code : null;
}

const prismaCode = (error: unknown): string | null =>
  error instanceof Prisma.PrismaClientKnownRequestError ? error.code : null;

/** Prisma's own codes for what never reached PostgreSQL, or found nothing there. */
const PRISMA_STATES: Record<string, string> = {
  P1001: '08001',
  P1008: '08006',
  P1017: '08006',
  P2024: '08006',
  P2025: '02000',
  P2034: '40001',
};

/** The refusal that a caller may see, or null when the error is a fault of ours. */
export function databaseRefusal(error: unknown): ByteorError | null {
  const state = sqlState(error) ?? PRISMA_STATES[prismaCode(error) ?? ''];
  if (state === undefined) return null;
  // 22: data exceptions, such as a zero byte or a number out of range. 54: an index row too large.
  if (/^(22|54)/.test(state)) {
    return new ByteorError(400, 'value_not_storable', 'A value was sent that can’t be stored.', {
      help: 'Look for control characters, halves of characters, and numbers beyond 32 bits.',
    });
  }
  if (state === '23505') {
    return conflict('already_exists', 'Something with the same name or number is there already.', {
      help: 'Load again, and choose another name.',
    });
  }
  if (state === '23503' || state === '02000') {
    return conflict('changed_meanwhile', 'Something that this is about was deleted meanwhile.', {
      help: 'Load again, and try again.',
    });
  }
  if (/^40/.test(state) || state === '55P03') {
    return new ByteorError(
      503,
      'database_busy',
      'Too many people changed the same thing at once.',
      {
        help: 'Try again.',
      },
    );
  }
  // 08: no connection. 53: no memory, disk or connections left. 57P: being shut down.
  if (/^(08|53|57P)/.test(state)) {
    return new ByteorError(503, 'database_unavailable', 'The database does not answer.', {
      help: 'Try again; nothing was changed.',
    });
  }
  return null;
}
