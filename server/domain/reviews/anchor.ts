/** Where in a plan somebody comments, and where that is in another version of it. */

export const REVIEW_SIDES = ['from', 'to'] as const;
/** The base of a comparison, or the version under review. */
export type ReviewSide = (typeof REVIEW_SIDES)[number];

export const REVIEW_VERDICTS = ['fine', 'changes_wanted', 'comment'] as const;
export type ReviewVerdict = (typeof REVIEW_VERDICTS)[number];

/** The anchor of what is said about a version as a whole. */
export const WHOLE = 'plan';

/** A place of a plan: an anchor, and a line (from 1) where somebody pointed at one. */
export interface Place {
  /** {@link WHOLE}, or `KIND:ID`: `stage:mask`, `connection:parse->mask`. */
  anchor: string;
  line: number | null;
}

/** What has to be known of a plan's text to find places in it. */
export interface Elements {
  /** Of each stage and boundary, and of each connection as `a->b`: its first line, from 1. */
  lines: ReadonlyMap<string, number>;
  /** The text's lines, without spaces at their ends. */
  text: readonly string[];
}

/** How ids of one text are called in another; an id that stands in neither is the same. */
export type Renames = ReadonlyMap<string, string>;

/** Kinds whose ids stand in {@link Elements.lines}. */
const OF_ELEMENTS = new Set(['stage', 'boundary', 'connection']);

/**
 * Where a place of one text is in another, or null when it is gone. An element is followed by its id
 * and its renames; a line by its text, and else by the element that stands on it.
 */
export function follow(
  place: Place,
  before: Elements,
  after: Elements,
  renames: Renames,
): Place | null {
  const line = place.line === null ? null : followLine(place.line, before.text, after.text);
  if (place.anchor === WHOLE) {
    return place.line === null || line !== null ? { anchor: WHOLE, line } : null;
  }
  const [kind = '', ...rest] = place.anchor.split(':');
  const element = rest.join(':');
  if (!OF_ELEMENTS.has(kind)) return { anchor: place.anchor, line };
  const now = element
    .split('->')
    .map((id) => renames.get(id) ?? id)
    .join('->');
  const stands = after.lines.get(now);
  if (stands === undefined) return null;
  return { anchor: `${kind}:${now}`, line: place.line === null ? null : (line ?? stands) };
}

/** The line that says the same: of several the one at the same place among them; null: none. */
function followLine(
  line: number,
  before: readonly string[],
  after: readonly string[],
): number | null {
  const said = before[line - 1];
  if (said === undefined) return null;
  const same = (lines: readonly string[]) =>
    lines.flatMap((text, at) => (text === said ? [at + 1] : []));
  return same(after)[same(before).indexOf(line)] ?? null;
}

/** The element that begins on a line, as an anchor; {@link WHOLE} where none does. */
export function anchorOnLine(line: number, { lines }: Elements): string {
  for (const [id, at] of lines) {
    if (at === line && !id.includes('->')) return `stage:${id}`;
  }
  return WHOLE;
}
