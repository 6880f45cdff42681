import type { Handle, HandleServerError } from '@sveltejs/kit';
import { allowStyleNonce } from '$lib/security/style-nonce';

/** Every other header of the page is the server's (`server/http/headers.ts`). */
export const handle: Handle = async ({ event, resolve }) => {
  const response = await resolve(event);
  const policy = response.headers.get('content-security-policy');
  if (policy !== null) response.headers.set('content-security-policy', allowStyleNonce(policy));
  return response;
};

/** Every other header of the page is the server's (`server/http/headers.ts`). */
export const handleError: HandleServerError = ({ error, status, message }) => {
  if (status === 404) {
    return {
      code: 'page_not_found',
      message: 'There is no page at this address.',
      help: 'Check the address, or go back to the overview.',
    };
  }
  // The one place where a page's failure on the server is written down.
  console.error(error);
  return { code: 'page_failed', message, help: 'Reload the page. The server’s log has the cause.' };
};
