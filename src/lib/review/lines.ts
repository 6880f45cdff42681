import { diffWordsWithSpace } from 'diff';
import type { SemanticDiff } from '$lib/compiler';
import { diffLines, type DiffLine } from '$lib/ui/line-diff';

/** A line of two texts, with the part of it that differs, and what of the plan stands on it. */
export interface ReviewLine extends DiffLine {
  parts: readonly { text: string; differs: boolean }[];
  /** Anchors of what the line speaks of. */
  places: readonly string[];
}

/** Anchors by line, from 1. */
export type AnchorsByLine = ReadonlyMap<number, readonly string[]>;

/** What stands on which line of both texts, as the compiler says. A spec has no lines. */
export function anchorsByLine(
  { union, changes }: SemanticDiff,
  wireOf: (from: string, to: string) => string,
): { before: AnchorsByLine; after: AnchorsByLine } {
  const lines = { before: new Map<number, string[]>(), after: new Map<number, string[]>() };
  const put = (anchor: string, at: { before_line: number | null; after_line: number | null }) => {
    for (const side of ['before', 'after'] as const) {
      const line = at[`${side}_line`];
      if (line === null) continue;
      const known = lines[side].get(line);
      if (!known) lines[side].set(line, [anchor]);
      else if (!known.includes(anchor)) known.push(anchor);
    }
  };
  for (const element of union.elements) put(element.anchor, element);
  for (const wire of union.connections) {
    put(wireOf(wire.from, wire.to), wire);
    put(wire.anchor, wire);
  }
  for (const change of changes)
    if (change.subject === 'setting' || change.subject === 'metadata') put(change.anchor, change);
  return lines;
}

/** The lines of both texts; a line that came for another one says what of it differs. */
export function reviewLines(
  before: string,
  after: string,
  places: { before: AnchorsByLine; after: AnchorsByLine },
): { lines: ReviewLine[]; matched: boolean } {
  const { lines, matched } = diffLines(before, after);
  const result = lines.map((line): ReviewLine => ({
    ...line,
    parts: [{ text: line.text, differs: false }],
    places:
      (line.kind === 'removed'
        ? places.before.get(line.before ?? 0)
        : places.after.get(line.after ?? 0)) ?? [],
  }));
  for (let start = 0; start < result.length; start += 1) {
    if (result[start]?.kind === 'same') continue;
    let end = start;
    while (end < result.length && result[end]?.kind !== 'same') end += 1;
    markPairs(result.slice(start, end));
    start = end;
  }
  return { lines: result, matched };
}

/** So many pairs of lines are compared for likeness; beyond that only by how they begin. */
const MOST_PAIRS = 2_500;
/** Longer lines aren't taken apart. */
const MOST_LETTERS = 2_000;

function markPairs(block: ReviewLine[]): void {
  const removed = block.filter(({ kind }) => kind === 'removed');
  const added = block.filter(({ kind }) => kind === 'added');
  const byHead = new Map(added.map((line) => [headOf(line.text), line]));
  const left: ReviewLine[] = [];
  for (const old of removed) {
    const now = byHead.get(headOf(old.text));
    if (now && byHead.delete(headOf(old.text))) markPair(old, now);
    else left.push(old);
  }
  const open = new Set(byHead.values());
  if (left.length * open.size > MOST_PAIRS) return;
  for (const old of left) {
    let best: ReviewLine | null = null;
    let likeness = 0.5;
    for (const now of open) {
      const alike = likenessOf(old.text, now.text);
      if (alike > likeness) [best, likeness] = [now, alike];
    }
    if (!best) continue;
    open.delete(best);
    markPair(old, best);
  }
}

/** `stage once`: what a line is about, where it says so first. */
function headOf(text: string): string {
  return text.trim().split(/\s+/u, 2).join(' ');
}

function likenessOf(a: string, b: string): number {
  const words = (text: string) => new Set(text.split(/[\s:,>{}[\]-]+/u).filter(Boolean));
  const [left, right] = [words(a), words(b)];
  const shared = [...left].filter((word) => right.has(word)).length;
  return shared / Math.max(left.size, right.size, 1);
}

function markPair(old: ReviewLine, now: ReviewLine): void {
  if (old.text.length > MOST_LETTERS || now.text.length > MOST_LETTERS) return;
  const parts = diffWordsWithSpace(old.text, now.text);
  const side = (leaves: 'added' | 'removed') =>
    parts
      .filter((part) => !part[leaves])
      .map(({ value, added, removed }) => ({ text: value, differs: added || removed }));
  old.parts = side('added');
  now.parts = side('removed');
}
