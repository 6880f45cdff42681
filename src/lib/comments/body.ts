/** What somebody wrote, as it is shown: text, cut where people are mentioned in it. */

export interface Piece {
  text: string;
  /** It is the name of somebody who was told of the comment. */
  mention: boolean;
}

/** Marks that turn the text around them; one that is left open would reorder what follows. */
const turning = /[\u202A-\u202E\u2066-\u2069]/g;

/**
 * A comment's text in pieces. Whom the server told is marked, and nobody else: an @ that reached
 * nobody looks as it was written.
 */
export function piecesOf(body: string, mentions: readonly { name: string }[]): Piece[] {
  const shown = body.replace(turning, '\uFFFD');
  const names = mentions.map(({ name }) => `@${name}`).sort((a, b) => b.length - a.length);
  if (names.length === 0) return [{ text: shown, mention: false }];
  const either = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|');
  const found = new RegExp(`(?<![\\p{L}\\p{N}_.])(${either})(?![\\p{L}\\p{N}_])`, 'giu');
  return shown
    .split(found)
    .map((text, at) => ({ text, mention: at % 2 === 1 }))
    .filter(({ text }) => text !== '');
}

/** The beginning of a name that is being typed behind an @ before the caret, and where it begins. */
export function typedMention(text: string, caret: number): { at: number; typed: string } | null {
  const found = /(?<![\p{L}\p{N}_.])@([^\n@]{0,60})$/u.exec(text.slice(0, caret));
  return found ? { at: found.index, typed: found[1] ?? '' } : null;
}

/** People whose name goes on from what was typed; a few, by name. */
export function mentionable<Person extends { name: string }>(
  typed: string,
  people: readonly Person[],
): Person[] {
  const start = typed.toLowerCase();
  return people
    .filter(({ name }) => {
      const lower = name.toLowerCase();
      if (lower === start) return false;
      return lower.split(/\s+/).some((_, at, words) => words.slice(at).join(' ').startsWith(start));
    })
    .slice(0, 6);
}

/** A place in words: `stage:mask` is `mask`, `connection:a->b` is `a → b`, else the line is. */
export function anchorWords({ anchor, line }: { anchor: string; line: number | null }): string {
  const place = anchor === 'plan' ? null : anchor.slice(anchor.indexOf(':') + 1);
  if (place !== null) return place.replace('->', ' → ');
  return line === null ? 'the plan' : `line ${line}`;
}
