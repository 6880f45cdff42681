import type { HandleClientError } from '@sveltejs/kit';
import { describeError } from '$lib/api/errors';

/** What a failing page shows: the same wording as any other error, by its code. */
export const handleError: HandleClientError = ({ error, status }) => {
  if (status === 404) {
    return {
      code: 'page_not_found',
      message: 'There is no page at this address.',
      help: 'Check the address, or go back to the overview.',
    };
  }
  const shown = describeError(error);
  if (shown.code === 'internal') console.error(error);
  return shown;
};
