/** Replaces the UTF-16 range `start..end` by `text`; the shape the compiler answers with. */
export interface TextEdit {
  start: number;
  end: number;
  text: string;
}

/** Edits in order of place; two insertions at one place keep their order. */
function ordered(edits: readonly TextEdit[]): TextEdit[] {
  return [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
}

/**
 * Applies edits that all speak of the same text.
 *
 * Throws a `RangeError` when an edit lies outside the text or two of them overlap: both mean that
 * the edits were made for another text, and applying them would damage this one.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let position = 0;
  for (const edit of ordered(edits)) {
    if (edit.start < position || edit.end < edit.start || edit.end > text.length) {
      throw new RangeError(
        `The edit ${edit.start}..${edit.end} does not fit a text of ${text.length} units.`,
      );
    }
    result += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return result + text.slice(position);
}

/** The edits that turn `applyEdits(text, edits)` back into `text`. */
export function invertEdits(text: string, edits: readonly TextEdit[]): TextEdit[] {
  let shift = 0;
  return ordered(edits).map((edit) => {
    const start = edit.start + shift;
    shift += edit.text.length - (edit.end - edit.start);
    return { start, end: start + edit.text.length, text: text.slice(edit.start, edit.end) };
  });
}

/** The smallest single edit that turns `before` into `after`; null when they are equal. */
export function smallestEdit(before: string, after: string): TextEdit | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < most && before.charCodeAt(prefix) === after.charCodeAt(prefix)) prefix += 1;
  let suffix = 0;
  while (
    suffix < most - prefix &&
    before.charCodeAt(before.length - 1 - suffix) === after.charCodeAt(after.length - 1 - suffix)
  ) {
    suffix += 1;
  }
  // Never cut a surrogate pair: an editor would show two broken halves for a moment.
  if (prefix > 0 && isHighSurrogate(before.charCodeAt(prefix - 1))) prefix -= 1;
  if (suffix > 0 && isLowSurrogate(before.charCodeAt(before.length - suffix))) suffix -= 1;
  return {
    start: prefix,
    end: before.length - suffix,
    text: after.slice(prefix, after.length - suffix),
  };
}

/** Where an offset of the old text lies after the edits; inside a replaced range, at its end. */
export function mapOffset(offset: number, edits: readonly TextEdit[]): number {
  let shift = 0;
  for (const edit of ordered(edits)) {
    if (edit.start > offset || (edit.start === offset && edit.end > offset)) break;
    if (edit.end > offset) return edit.start + shift + edit.text.length;
    shift += edit.text.length - (edit.end - edit.start);
  }
  return offset + shift;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
