/**
 * What is selected, in the order it was chosen: ids of stages and boundaries, and `a->b` of
 * connections. The last one is where keyboard commands start from.
 */
export type Selection = readonly string[];

/** Adds what was not selected, takes away what was. */
export function toggle(selection: Selection, id: string): Selection {
  return selection.includes(id) ? selection.filter((other) => other !== id) : [...selection, id];
}

/** The selection without what no longer exists; the same array when nothing went. */
export function prune(selection: Selection, existingIds: readonly string[]): Selection {
  const existing = new Set(existingIds);
  return selection.every((id) => existing.has(id))
    ? selection
    : selection.filter((id) => existing.has(id));
}

/** The selection after an id was renamed; connections follow their ends. */
export function follow(selection: Selection, from: string, to: string): Selection {
  return selection.map((id) => {
    if (id === from) return to;
    const ends = connectionEnds(id);
    if (!ends) return id;
    return connectionId(ends.from === from ? to : ends.from, ends.to === from ? to : ends.to);
  });
}

export function sameSelection(a: Selection, b: Selection): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

/** The id under which the compiler and every view know a connection. */
export function connectionId(from: string, to: string): string {
  return `${from}->${to}`;
}

/** The ends of a connection's id; null for the id of a stage or boundary. */
export function connectionEnds(id: string): { from: string; to: string } | null {
  const at = id.indexOf('->');
  return at < 0 ? null : { from: id.slice(0, at), to: id.slice(at + 2) };
}
