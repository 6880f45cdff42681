import { diffArrays } from 'diff';

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

/** A difference by lines. */
export interface LineDiff {
  lines: DiffLine[];
  /** False where so much differs that lines weren't matched: the differing part stands as a whole. */
  matched: boolean;
}

/** More added and removed lines than this are a rewrite, which nobody reads line by line. */
const MOST_EDITS = 2_000;
/** The page stands still meanwhile (ms). */
const MOST_TIME = 200;

/**
 * The difference of two texts by lines. Equal heads and tails are cut off first, so the usual small
 * change costs almost nothing, whatever the size of the text; what lies between is given up on when
 * it takes too long or too much memory.
 */
export function diffLines(before: string, after: string): LineDiff {
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
  const middle = {
    before: a.slice(head, a.length - tail),
    after: b.slice(head, b.length - tail),
  };
  const found = diffArrays(middle.before, middle.after, {
    maxEditLength: MOST_EDITS,
    timeout: MOST_TIME,
  });
  const parts = found ?? [
    { removed: true, added: false, value: middle.before },
    { removed: false, added: true, value: middle.after },
  ];
  const lines: DiffLine[] = [];
  const at = { before: 0, after: 0 };
  const take = (texts: readonly string[], kind: DiffLine['kind']) => {
    for (const text of texts) {
      lines.push({
        kind,
        text,
        before: kind === 'added' ? undefined : ++at.before,
        after: kind === 'removed' ? undefined : ++at.after,
      });
    }
  };
  take(a.slice(0, head), 'same');
  for (const part of parts)
    take(part.value, part.removed ? 'removed' : part.added ? 'added' : 'same');
  take(a.slice(a.length - tail), 'same');
  return { lines, matched: found !== undefined };
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

/** The blocks up to so many lines, and how many lines are left out: a page can't show everything. */
export function cutBlocks(
  blocks: readonly DiffBlock[],
  most: number,
): { shown: DiffBlock[]; left: number } {
  const shown: DiffBlock[] = [];
  let room = most;
  let left = 0;
  for (const block of blocks) {
    if (block.kind === 'folded') {
      if (room > 0) shown.push(block);
      else left += block.count;
      continue;
    }
    const lines = block.lines.slice(0, room);
    if (lines.length > 0) shown.push({ kind: 'lines', lines });
    room -= lines.length;
    left += block.lines.length - lines.length;
  }
  return { shown, left };
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
