/**
 * Errors as the page shows them: a stable code, what happened, what to do.
 *
 * The server words its own refusals (`data.byteor`); what only the page can know (no connection, an
 * answer that isn't ours) is worded here, and nowhere else.
 */

/** One error, ready to be shown. `args` are the values the wording speaks of. */
export interface AppErrorShape {
  code: string;
  message: string;
  help?: string | undefined;
  args?: Record<string, unknown> | undefined;
}

/** An error that already carries its code; thrown by the page's own rules. */
export class AppError extends Error implements AppErrorShape {
  readonly code: string;
  readonly help: string | undefined;
  readonly args: Record<string, unknown> | undefined;

  constructor(shape: AppErrorShape) {
    super(shape.message);
    this.name = 'AppError';
    this.code = shape.code;
    this.help = shape.help;
    this.args = shape.args;
  }
}

/** Wording by code, for errors that reach the page without one of the server's. */
const wording: Record<string, { message: string; help: string }> = {
  offline: {
    message: 'The server can’t be reached.',
    help: 'Check that it runs and that you are connected. The page tries again by itself.',
  },
  unauthenticated: {
    message: 'You are not signed in.',
    help: 'Open your sign-in link again, or ask for a new one.',
  },
  forbidden: {
    message: 'Your role doesn’t allow this.',
    help: 'Ask someone who administers the project.',
  },
  not_found: {
    message: 'This doesn’t exist, or you can’t see it.',
    help: 'Check the address, or go back to the overview.',
  },
  rate_limited: {
    message: 'Too many requests in a short time.',
    help: 'Wait a moment and try again.',
  },
  request_invalid: {
    message: 'The server didn’t understand the request.',
    help: 'Reload the page: it may be older than the server.',
  },
  internal: {
    message: 'Something went wrong.',
    help: 'Try again. If it stays, the server’s log has the cause.',
  },
};

/** The server's transport codes, for refusals that carry no code of our own. */
const transport: Record<string, string> = {
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'not_found',
  TOO_MANY_REQUESTS: 'rate_limited',
  BAD_REQUEST: 'request_invalid',
  PARSE_ERROR: 'request_invalid',
};

/** How browsers and the bundler say that a part of the page couldn’t be fetched. */
const unloadable =
  /^Unable to preload |dynamically imported module|Importing a module script failed|Load failed/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The wording of a code that has one here. */
function errorFor(code: string, args?: Record<string, unknown>): AppErrorShape {
  const words = wording[code] ?? wording['internal'];
  return { code, message: words?.message ?? code, help: words?.help, args };
}

function shapeOf(value: unknown): AppErrorShape | undefined {
  if (!isRecord(value)) return undefined;
  const { code, message, help, args } = value;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  return {
    code,
    message,
    help: typeof help === 'string' ? help : wording[code]?.help,
    args: isRecord(args) ? args : undefined,
  };
}

/** Turns anything thrown into something that can be shown. Never throws itself. */
export function describeError(error: unknown): AppErrorShape {
  if (error instanceof AppError) {
    return { code: error.code, message: error.message, help: error.help, args: error.args };
  }
  if (!isRecord(error)) return errorFor('internal');
  const data = isRecord(error['data']) ? error['data'] : undefined;
  const ours = shapeOf(data?.['byteor']);
  if (ours !== undefined) return ours;
  if (typeof data?.['code'] === 'string') {
    const code = transport[data['code']];
    return errorFor(code ?? 'internal');
  }
  if (error['name'] === 'TRPCClientError' || error instanceof TypeError) {
    // No answer at all, or one that no server of ours gave: the way there is broken.
    const cause = isRecord(error['cause']) ? error['cause'] : error;
    if (cause['name'] === 'TypeError' || cause['name'] === 'SyntaxError') {
      return errorFor('offline');
    }
  }
  if (typeof error['message'] === 'string' && unloadable.test(error['message'])) {
    return errorFor('offline');
  }
  return errorFor('internal');
}
