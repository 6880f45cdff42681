import { normalizeText, readLayout, type Layout } from './content';
import type { PlacedNode } from './placement';

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

/** What stood beside copied elements: places, notes, groups. */
export interface CopiedBeside {
  /** The plan text that it belongs to; other text in the clipboard has nothing beside it. */
  text: string;
  layout: Layout;
}

/** What a fragment declares, in its order: what is created by pasting it follows the same order. */
export function declaredIn(text: string): { id: string; kind: PlacedNode['kind'] }[] {
  return [...text.matchAll(/^\s*(ingress|egress|stage)\s+(\S+)/gmu)].flatMap(([, kind, id]) =>
    id === undefined ? [] : [{ id, kind: kind as PlacedNode['kind'] }],
  );
}

/** Reads what came with the clipboard; null when it isn't of this text. */
export function readCopied(json: string, text: string): CopiedBeside | null {
  if (json.length > MOST_PASTED) return null;
  try {
    const read = JSON.parse(json) as Partial<CopiedBeside> | null;
    return read?.text === text ? { text, layout: readLayout(read.layout) } : null;
  } catch {
    return null; // Another page wrote under this name.
  }
}
