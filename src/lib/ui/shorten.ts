/** Shortens a long value for the eye: a hash keeps its scheme, its first eight and last four. */
export function shorten(value: string): string {
  const scheme = /^[a-z0-9]+:/.exec(value)?.[0] ?? '';
  const rest = value.slice(scheme.length);
  if (rest.length <= 16) return value;
  return `${scheme}${rest.slice(0, 8)}…${rest.slice(-4)}`;
}
