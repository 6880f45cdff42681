/** What the service worker decides, without a worker: every page is the same shell around a route. */

/** Where caches of builds have their names from; the build's version follows. */
export const BUILD_CACHE = 'byteor-build-';

/** A page that asks nobody who they are: its document holds nothing of a person. */
export const SHELL = '/open';

/** Never answered by the worker: what is asked of the control plane, and what it says of itself. */
const NEVER = /^\/(trpc|api|v1|auth|metrics|healthz|readyz|_app|service-worker\.js)(\/|$)/u;

/** Whether an address is one that the shell can show. */
export function isPage(path: string): boolean {
  return !NEVER.test(path);
}

/** Whether a file belongs to one build for ever: its name has the digest of its bytes. */
export function isBuilt(path: string): boolean {
  return path.startsWith('/_app/immutable/') || path === '/favicon.svg';
}

/**
 * The kept shell as an answer of its own: with the server's headers, policy included, and another
 * nonce in both. A nonce that stood in a cache would be known to whatever could write into a page.
 * Null when the document has no policy with a nonce: then it isn't shown at all.
 */
export function renewed(
  html: string,
  headers: Headers,
  nonce: string,
): { html: string; headers: Headers } | null {
  const policy = headers.get('content-security-policy');
  const old = policy && /'nonce-([A-Za-z0-9+/_=-]+)'/u.exec(policy)?.[1];
  if (!policy || !old || !html.includes(`nonce="${old}"`)) return null;
  const next = new Headers(headers);
  next.set('content-security-policy', policy.replaceAll(`'nonce-${old}'`, `'nonce-${nonce}'`));
  // Of the stored bytes, not of these.
  for (const name of ['content-length', 'content-encoding', 'etag', 'last-modified'])
    next.delete(name);
  return { html: html.replaceAll(`nonce="${old}"`, `nonce="${nonce}"`), headers: next };
}

/** 128 random bits, as policies take them. */
export function newNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
}
