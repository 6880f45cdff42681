/** A stretch of a record, and whether the other record lacks it. */
export interface Stretch {
  text: string;
  changed: boolean;
}

/** More tokens than this on either side are compared by what they begin and end with. */
const MOST_TOKENS = 600;

/**
 * What changed between two records as text: each as stretches, of which the changed ones are deleted
 * on one side and inserted on the other. Words are compared whole, so that a masked value is marked
 * as one.
 */
export function changedBetween(before: string, after: string): [Stretch[], Stretch[]] {
  const [from, to] = [tokens(before), tokens(after)];
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start += 1;
  let end = 0;
  while (
    end < from.length - start &&
    end < to.length - start &&
    from[from.length - 1 - end] === to[to.length - 1 - end]
  )
    end += 1;
  const middle = [from.slice(start, from.length - end), to.slice(start, to.length - end)] as const;
  const kept = common(...middle);
  const side = (all: string[], inner: readonly string[], which: 0 | 1) =>
    joined([
      ...all.slice(0, start).map((text) => ({ text, changed: false })),
      ...inner.map((text, at) => ({ text, changed: !kept[which].has(at) })),
      ...all.slice(all.length - end).map((text) => ({ text, changed: false })),
    ]);
  return [side(from, middle[0], 0), side(to, middle[1], 1)];
}

/** Words of letters, digits and the like; everything else one by one. */
function tokens(text: string): string[] {
  return text.match(/[\p{L}\p{N}_@+-]+|[\s\S]/gu) ?? [];
}

/** Which places of both sides belong to a longest common row. */
function common(a: readonly string[], b: readonly string[]): [Set<number>, Set<number>] {
  const kept: [Set<number>, Set<number>] = [new Set(), new Set()];
  if (a.length > MOST_TOKENS || b.length > MOST_TOKENS) return kept;
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = a.length - 1; row >= 0; row -= 1)
    for (let column = b.length - 1; column >= 0; column -= 1)
      lengths[row * width + column] =
        a[row] === b[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  for (let row = 0, column = 0; row < a.length && column < b.length;) {
    if (a[row] === b[column]) {
      kept[0].add(row);
      kept[1].add(column);
      row += 1;
      column += 1;
    } else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  return kept;
}

function joined(stretches: Stretch[]): Stretch[] {
  const all: Stretch[] = [];
  for (const stretch of stretches) {
    const last = all.at(-1);
    if (last?.changed === stretch.changed) last.text += stretch.text;
    else all.push({ ...stretch });
  }
  return all;
}

/** How many bytes the changed stretches have. */
export function changedBytes(stretches: readonly Stretch[], bytes: (text: string) => number) {
  return stretches.reduce((sum, { text, changed }) => sum + (changed ? bytes(text) : 0), 0);
}
