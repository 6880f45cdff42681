import { describe, expect, it } from 'vitest';
import { AppError, describeError } from './errors';

describe('an error on the page', () => {
  it('keeps the code, the words and the way out that the server gave', () => {
    const error = Object.assign(new Error('x'), {
      name: 'TRPCClientError',
      data: {
        code: 'CONFLICT',
        byteor: { code: 'draft_revision_stale', message: 'Older.', help: 'Merge.', args: { a: 1 } },
      },
    });
    expect(describeError(error)).toEqual({
      code: 'draft_revision_stale',
      message: 'Older.',
      help: 'Merge.',
      args: { a: 1 },
    });
  });

  it('has words for a transport code without one of ours', () => {
    const error = Object.assign(new Error('x'), { data: { code: 'UNAUTHORIZED' } });
    expect(describeError(error).code).toBe('unauthenticated');
  });

  it('says that the server can’t be reached when no answer came', () => {
    const error = Object.assign(new Error('x'), {
      name: 'TRPCClientError',
      cause: new TypeError('Failed to fetch'),
    });
    expect(describeError(error).code).toBe('offline');
  });

  it('says so too when something else answered in the server’s place', () => {
    const error = Object.assign(new Error('x'), {
      name: 'TRPCClientError',
      cause: new SyntaxError('Unexpected token <'),
    });
    expect(describeError(error).code).toBe('offline');
  });

  it('says so when a part of the page couldn’t be fetched', () => {
    expect(describeError(new Error('Unable to preload CSS for /_app/x.css')).code).toBe('offline');
  });

  it('shows no inner details of what it doesn’t know', () => {
    expect(describeError(new Error('password=1')).message).not.toContain('password');
    expect(describeError('text').code).toBe('internal');
    expect(describeError(undefined).code).toBe('internal');
  });

  it('passes the page’s own errors through', () => {
    expect(describeError(new AppError({ code: 'c', message: 'm', help: 'h' }))).toEqual({
      code: 'c',
      message: 'm',
      help: 'h',
      args: undefined,
    });
  });
});
