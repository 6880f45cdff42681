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

/** Positions for pasted or duplicated stages: those of their originals, moved aside. */
export function offsetCopies(
  originals: readonly ({ x: number; y: number } | undefined)[],
  created: readonly string[],
): Record<string, { x: number; y: number }> {
  const nodes: Record<string, { x: number; y: number }> = {};
  created.forEach((id, index) => {
    const origin = originals[index];
    if (origin) nodes[id] = { x: origin.x + 32, y: origin.y + 96 };
  });
  return nodes;
}
