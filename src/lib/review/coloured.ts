import { tokenTypes } from '$lib/compiler';

/** A word of a plan text as the compiler reads it. */
export interface TextToken {
  /** In its line, in UTF-16 units. */
  start: number;
  end: number;
  /** One of the compiler's: `keyword`, `family`, `comment`, … */
  type: string;
}

/** Tokens by line, from 1. */
export type TokensByLine = ReadonlyMap<number, readonly TextToken[]>;

/**
 * What the compiler's `semanticTokens` says, by line: five numbers a token, of which the line and, in
 * the same line, the start count on from the token before (docs/spec/language-service.md).
 */
export function tokensByLine(data: readonly number[]): TokensByLine {
  const lines = new Map<number, TextToken[]>();
  let line = 1;
  let start = 0;
  for (let at = 0; at + 4 < data.length; at += 5) {
    const [down = 0, along = 0, length = 0, type = 0] = data.slice(at, at + 4);
    start = down === 0 ? start + along : along;
    line += down;
    const token = { start, end: start + length, type: tokenTypes[type] ?? '' };
    const known = lines.get(line);
    if (known) known.push(token);
    else lines.set(line, [token]);
  }
  return lines;
}

/** A stretch of a line that looks the same throughout. */
export interface Stretch {
  text: string;
  differs: boolean;
  /** The compiler's word for it; '' for none. */
  type: string;
}

/** The parts of a line, cut where the compiler's words begin and end. */
export function coloured(
  parts: readonly { text: string; differs: boolean }[],
  tokens: readonly TextToken[],
): Stretch[] {
  const stretches: Stretch[] = [];
  let at = 0;
  for (const { text, differs } of parts) {
    const end = at + text.length;
    let from = at;
    const cut = (to: number, type: string) => {
      if (to > from) stretches.push({ text: text.slice(from - at, to - at), differs, type });
      from = Math.max(from, to);
    };
    for (const token of tokens) {
      if (token.end <= from || token.start >= end) continue;
      cut(token.start, '');
      cut(Math.min(token.end, end), token.type);
    }
    cut(end, '');
    at = end;
  }
  return stretches;
}
