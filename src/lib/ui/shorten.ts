/**
 * Shortens a long value for the eye: of a digest two groups of four, as people compare them by; of
 * anything else the beginning and the end.
 */
export function shorten(value: string): string {
  const digest = /^sha256:([0-9a-f]{4})([0-9a-f]{4})[0-9a-f]{56}$/.exec(value);
  if (digest) return `${digest[1]} ${digest[2]}`;
  const scheme = /^[a-z0-9]+:/.exec(value)?.[0] ?? '';
  const rest = value.slice(scheme.length);
  if (rest.length <= 16) return value;
  return `${scheme}${rest.slice(0, 8)}…${rest.slice(-4)}`;
}
