/**
 * Errors that a caller may see: a stable code, what happened, and what to do next. They never carry
 * secrets. Both edges turn them into their own shape; anything else becomes `internal_error`.
 */
import type { ZodError } from 'zod';

export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 503;

interface ErrorDetail {
  help?: string;
  args?: Record<string, unknown>;
}

export class ByteorError extends Error {
  readonly code: string;
  readonly status: ErrorStatus;
  readonly help: string | undefined;
  readonly args: Record<string, unknown> | undefined;

  constructor(status: ErrorStatus, code: string, message: string, detail: ErrorDetail = {}) {
    super(message);
    this.name = 'ByteorError';
    this.status = status;
    this.code = code;
    this.help = detail.help;
    this.args = detail.args;
  }
}

/** The thing isn't there, or isn't the caller's to know of: the two look alike on purpose. */
export function notFound(kind: string): ByteorError {
  return new ByteorError(
    404,
    `${kind}_not_found`,
    `There is no such ${kind.replaceAll('_', ' ')}.`,
    {
      help: 'It may have been deleted, or you may have no role that lets you see it.',
    },
  );
}

export function signInRequired(): ByteorError {
  return new ByteorError(401, 'sign_in_required', 'You are not signed in.', {
    help: 'Ask an organization admin for a sign-in link, or whoever runs the server: npm run -s admin -- sign-in-link ADDRESS.',
  });
}

export function conflict(code: string, message: string, detail?: ErrorDetail): ByteorError {
  return new ByteorError(409, code, message, detail);
}

export function refused(code: string, message: string, detail?: ErrorDetail): ByteorError {
  return new ByteorError(422, code, message, detail);
}

/** What is wrong with one part of an input: where it stands, as words with dots, and why. */
interface InputIssue {
  path: string;
  message: string;
}

/** The issues of a schema's refusal. */
export function issuesOf(error: ZodError): InputIssue[] {
  return error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
}

/** An input that its schema refuses, in the same words at every edge: the first issue, and all. */
export function inputInvalid(issues: readonly InputIssue[], whole = ''): ByteorError {
  const [first] = issues;
  const where = first?.path || whole;
  return new ByteorError(
    400,
    'input_invalid',
    first ? `${where ? `${where}: ` : ''}${first.message}` : 'The input is not valid.',
    { args: { issues } },
  );
}

/** The body that every failing REST answer has, and tRPC errors carry as `data.byteor`. */
export interface ErrorBody {
  code: string;
  message: string;
  help?: string;
  args?: Record<string, unknown>;
}

export function errorBody(error: ByteorError): ErrorBody {
  return {
    code: error.code,
    message: error.message,
    ...(error.help === undefined ? {} : { help: error.help }),
    ...(error.args === undefined ? {} : { args: error.args }),
  };
}
