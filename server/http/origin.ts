/**
 * Two guards for a server that trusts cookies: the Host must be one of ours (so a foreign name that
 * resolves to this address gets nowhere), and a request that changes something must come from our
 * own pages.
 */
import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export interface HostRules {
  baseUrl: string;
  /** Bound to a loopback address: only loopback names are right. */
  loopbackOnly: boolean;
}

export function hostAllowed(rules: HostRules, host: string | undefined): boolean {
  if (!rules.loopbackOnly) return true;
  if (!host || !URL.canParse(`http://${host}`)) return false;
  const given = new URL(`http://${host}`);
  return LOOPBACK.has(given.hostname) || given.host === new URL(rules.baseUrl).host;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request with cookies may change something. */
export function originAllowed(
  rules: HostRules,
  method: string,
  headers: IncomingHttpHeaders,
): boolean {
  if (SAFE_METHODS.has(method)) return true;
  const { origin } = headers;
  if (origin === undefined) {
    // Browsers send Origin with every POST; what has neither it nor Sec-Fetch-Site is no browser.
    const site = headers['sec-fetch-site'];
    return site === undefined || site === 'same-origin' || site === 'none';
  }
  if (!URL.canParse(origin)) return false;
  const given = new URL(origin);
  if (given.origin === new URL(rules.baseUrl).origin) return true;
  return given.host === headers.host && hostAllowed(rules, headers.host);
}
