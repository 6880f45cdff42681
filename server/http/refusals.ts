/** What was thrown while a request was answered, as the refusal that its caller may see. */
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ByteorError, inputInvalid, type ErrorStatus } from '../errors.ts';
import { databaseRefusal } from '../db/refusals.ts';

/** Fastify's own refusals, under codes of ours: its names may change with its version. */
const FRAMEWORK: Record<string, [ErrorStatus, code: string, message: string]> = {
  FST_ERR_BAD_URL: [400, 'url_invalid', 'The address holds a broken % escape.'],
  FST_ERR_MAX_PARAM_LENGTH: [400, 'url_invalid', 'A part of the address is too long.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'media_type_unsupported', 'Send the body as JSON.'],
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'body_too_large', 'The body is larger than 4 MiB.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'body_not_json', 'The body is empty; JSON was announced.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'body_not_json', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    'body_not_whole',
    "The body isn't as long as it was announced.",
  ],
};

/** null: a fault of ours, which the log names and the caller only learns of. */
export function refusalFor(thrown: unknown): ByteorError | null {
  if (thrown instanceof ByteorError) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const issues = thrown.validation.map((issue) => ({
      path: issue.instancePath.replace(/^\//, '').replaceAll('/', '.'),
      message: issue.message ?? 'is not valid',
    }));
    return inputInvalid(issues, 'body');
  }
  const { code, statusCode } = (thrown ?? {}) as { code?: string; statusCode?: number };
  const framework = FRAMEWORK[code ?? ''];
  if (framework) return new ByteorError(...framework);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ByteorError(400, 'request_invalid', 'The request is not valid.');
  }
  return databaseRefusal(thrown);
}
