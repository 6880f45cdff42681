/**
 * The next list, with every object of the one before that says the same, so that views change only
 * what changed; the list before itself where nothing did.
 */
export function keepSame<T extends { readonly id: string }>(
  before: readonly T[],
  next: readonly T[],
  same: (a: T, b: T) => boolean = sameFields,
): readonly T[] {
  let known: Map<string, T> | null = null;
  let unchanged = before.length === next.length;
  const kept = next.map((one, at) => {
    // Most stand where they stood.
    let old = before[at];
    if (old?.id !== one.id) {
      known ??= new Map(before.map((each) => [each.id, each]));
      old = known.get(one.id);
      unchanged = false;
    }
    if (old && same(old, one)) return old;
    unchanged = false;
    return one;
  });
  return unchanged ? before : kept;
}

/** {@link keepSame} against what it answered before. */
export function keeper<T extends { readonly id: string }>(
  same?: (a: T, b: T) => boolean,
): (next: readonly T[]) => readonly T[] {
  let before: readonly T[] = [];
  return (next) => (before = keepSame(before, next, same));
}

/** Whether all fields of two objects of one shape are the same. */
function sameFields<T extends object>(a: T, b: T): boolean {
  for (const field in b) if (a[field] !== b[field]) return false;
  return true;
}
