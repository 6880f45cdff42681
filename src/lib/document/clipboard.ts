import { normalizeText } from './content';

/** The largest text that a paste takes as a plan, in UTF-16 units; more is surely not a fragment. */
const MOST_PASTED = 1_000_000;

/**
 * Whether text from the clipboard could be a piece of a plan. The clipboard carries plan text, so
 * paste works between drafts, tabs, chats and files; the compiler has the last word on it.
 */
export function looksLikePlan(text: string): boolean {
  if (text.length > MOST_PASTED) return false;
  return normalizeText(text)
    .text.split('\n')
    .some((line) =>
      /^\s*(pipeline|ingress|egress|stage)\s+\S|^\s*[a-z][a-z0-9_]*\s+-(\[[^\]]*\]-)?>/u.test(line),
    );
}

/** Where copied elements stood, in the order of the text that carries them. */
export interface CopiedPlaces {
  /** The plan text that they belong to; other text in the clipboard has no places. */
  text: string;
  places: { id: string; x: number; y: number }[];
}

/** Ids that a fragment declares, in its order: what is created by pasting it follows the same order. */
export function idsDeclared(text: string): string[] {
  return [...text.matchAll(/^\s*(?:ingress|egress|stage)\s+(\S+)/gmu)].flatMap(
    ([, id]) => id ?? [],
  );
}

/** Reads places that came with the clipboard; null when they aren't of this text. */
export function readPlaces(json: string, text: string): CopiedPlaces | null {
  try {
    const read = JSON.parse(json) as Partial<CopiedPlaces> | null;
    if (read?.text !== text || !Array.isArray(read.places)) return null;
    const places = read.places.filter(
      ({ id, x, y }) => typeof id === 'string' && Number.isFinite(x) && Number.isFinite(y),
    );
    return { text, places };
  } catch {
    return null; // Another page wrote under this name.
  }
}
