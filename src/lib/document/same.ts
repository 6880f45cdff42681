/** Whether two values of a draft are equal: plain objects whatever the order of their keys, and lists. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      key in b && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}
