/** Where in a plan somebody comments, and where that is in another version of it. */

export const REVIEW_SIDES = ['from', 'to'] as const;

export const REVIEW_VERDICTS = ['fine', 'changes_wanted', 'comment'] as const;

/** The anchor of what is said about a version as a whole. */
export const WHOLE = 'plan';

/** A place of a plan: an anchor, and a line (from 1) where somebody pointed at one. */
export interface Place {
  /** {@link WHOLE}, or one of the compiler's: `stage:mask`, `connection:parse->mask`. */
  anchor: string;
  line: number | null;
}

const LINE = 'line:';

/** What the compiler has to follow, to tell where a place is. */
export function anchorsOf({ anchor, line }: Place): string[] {
  return [...(anchor === WHOLE ? [] : [anchor]), ...(line === null ? [] : [`${LINE}${line}`])];
}

/**
 * Where a place is, by what became of its anchors (null: gone), or null when it is gone. What an
 * element was said of stands as long as the element does, whatever became of the line.
 */
export function placeBy(place: Place, now: ReadonlyMap<string, string | null>): Place | null {
  const line = place.line === null ? null : (now.get(`${LINE}${place.line}`) ?? null);
  const at = line === null ? null : Number(line.slice(LINE.length));
  if (place.anchor === WHOLE) {
    return place.line === null || at !== null ? { anchor: WHOLE, line: at } : null;
  }
  const anchor = now.get(place.anchor) ?? null;
  return anchor === null ? null : { anchor, line: at };
}
