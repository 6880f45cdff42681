import { diffWordsWithSpace } from 'diff';
import type { PlanGraph, Span } from '$lib/compiler';
import { connectionEnds, connectionId } from '$lib/document/selection';
import { diffLines, type DiffLine } from '$lib/ui/line-diff';

/** A line of two texts, with the part of it that differs, and what of the plan stands on it. */
export interface ReviewLine extends DiffLine {
  parts: readonly { text: string; differs: boolean }[];
  /** Ids in the union of what the line speaks of. */
  places: readonly string[];
}

/** Ids in the union by line, from 1. */
export type PlacesByLine = ReadonlyMap<number, readonly string[]>;

/** What of a plan stands on which line of its text; `named` gives the id in the union. */
export function placesByLine(
  text: string,
  graph: PlanGraph,
  named: (id: string) => string,
): PlacesByLine {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const lineOf = (offset: number) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
  const places = new Map<number, string[]>();
  const put = ({ start, end }: Span, id: string) => {
    for (let line = lineOf(start); line <= lineOf(Math.max(start, end - 1)); line += 1) {
      const known = places.get(line);
      if (known) known.push(id);
      else places.set(line, [id]);
    }
  };
  for (const { id, span } of [...graph.boundaries, ...graph.stages]) put(span, named(id));
  for (const { id, span } of graph.connections) {
    const ends = connectionEnds(id);
    if (ends) put(span, connectionId(named(ends.from), named(ends.to)));
  }
  for (const { name, value, span } of [
    ...graph.settings.single_ring,
    ...graph.settings.lane_graph,
  ]) {
    put(span, `setting:${name}`);
    const merged = name === 'merge' ? value.split(' ')[0] : undefined;
    if (merged !== undefined) put(span, named(merged));
  }
  return places;
}

/** The lines of both texts; a line that came for another one says what of it differs. */
export function reviewLines(
  before: string,
  after: string,
  places: { before: PlacesByLine; after: PlacesByLine },
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
