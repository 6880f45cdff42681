/** Difference of two texts by lines, for reading; what a version means is the compiler's diff. */

export interface DiffLine {
  kind: 'same' | 'added' | 'removed';
  text: string;
  /** Line numbers from 1; absent on the side that doesn't have the line. */
  before?: number | undefined;
  after?: number | undefined;
}

/** A run of lines as shown: the lines themselves, or how many equal ones are folded away. */
export type DiffBlock =
  { kind: 'lines'; lines: DiffLine[] } | { kind: 'folded'; count: number; lines: DiffLine[] };

function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * Myers' shortest edit script over lines. Equal heads and tails are cut off first, so the usual
 * small change costs almost nothing, whatever the size of the text.
 */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = linesOf(before);
  const b = linesOf(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  ) {
    tail++;
  }
  const middle = shortestEdits(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const result: DiffLine[] = [];
  for (let i = 0; i < head; i++) {
    result.push({ kind: 'same', text: a[i] ?? '', before: i + 1, after: i + 1 });
  }
  for (const line of middle) {
    result.push({
      ...line,
      before: line.before === undefined ? undefined : line.before + head,
      after: line.after === undefined ? undefined : line.after + head,
    });
  }
  for (let i = tail; i > 0; i--) {
    const x = a.length - i;
    result.push({ kind: 'same', text: a[x] ?? '', before: x + 1, after: b.length - i + 1 });
  }
  return result;
}

function shortestEdits(a: string[], b: string[]): DiffLine[] {
  const max = a.length + b.length;
  const offset = max + 1;
  const furthest = new Int32Array(2 * max + 3);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= max; d++) {
    trace.push(furthest.slice());
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(furthest, k - 1) < at(furthest, k + 1));
      let x = down ? at(furthest, k + 1) : at(furthest, k - 1) + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++;
        y++;
      }
      furthest[offset + k] = x;
      if (x >= a.length && y >= b.length) return walkBack(a, b, trace, d);
    }
  }
  return [];

  function at(array: Int32Array, k: number): number {
    return array[offset + k] ?? 0;
  }

  function walkBack(a: string[], b: string[], trace: Int32Array[], last: number): DiffLine[] {
    const result: DiffLine[] = [];
    let x = a.length;
    let y = b.length;
    for (let d = last; d >= 0; d--) {
      const row = trace[d] ?? new Int32Array();
      const k = x - y;
      const down = k === -d || (k !== d && at(row, k - 1) < at(row, k + 1));
      const previous = down ? k + 1 : k - 1;
      const previousX = at(row, previous);
      const previousY = previousX - previous;
      while (x > previousX && y > previousY && x > 0 && y > 0) {
        x--;
        y--;
        result.push({ kind: 'same', text: a[x] ?? '', before: x + 1, after: y + 1 });
      }
      if (d === 0) break;
      if (down) {
        y--;
        result.push({ kind: 'added', text: b[y] ?? '', after: y + 1 });
      } else {
        x--;
        result.push({ kind: 'removed', text: a[x] ?? '', before: x + 1 });
      }
    }
    return result.reverse();
  }
}

/** Folds equal lines further than `context` from any change; a fold always says how many. */
export function foldSame(lines: readonly DiffLine[], context = 3): DiffBlock[] {
  const near = new Uint8Array(lines.length);
  lines.forEach((line, index) => {
    if (line.kind === 'same') return;
    for (let i = Math.max(0, index - context); i <= index + context && i < near.length; i++) {
      near[i] = 1;
    }
  });
  const blocks: DiffBlock[] = [];
  let start = 0;
  while (start < lines.length) {
    let end = start;
    while (end < lines.length && near[end] === near[start]) end++;
    const part = lines.slice(start, end);
    if (near[start] === 1 || part.length <= 2) blocks.push({ kind: 'lines', lines: part });
    else blocks.push({ kind: 'folded', count: part.length, lines: part });
    start = end;
  }
  return blocks;
}

/** How many lines a difference adds and removes. */
export function countChanges(lines: readonly DiffLine[]): { added: number; removed: number } {
  let added = 0;
  let removed = 0;
  for (const line of lines) {
    if (line.kind === 'added') added++;
    else if (line.kind === 'removed') removed++;
  }
  return { added, removed };
}
