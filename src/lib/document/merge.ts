import type { DraftContent, Layout, Position } from './content';

/** What both drafts started from, where nobody kept it: every line then counts as added. */
export function unknownBase(theirs: DraftContent): DraftContent {
  return { text: '', target: theirs.target, layout: { v: 1, nodes: {} } };
}

/**
 * A draft of what two people made of one: `text` as the compiler merged it (docs/spec/merge.md),
 * the execution target and the positions of whoever changed them. Where both moved a node, it
 * stands where it stands here: positions mean nothing.
 */
export function mergeContent(
  base: DraftContent,
  ours: DraftContent,
  theirs: DraftContent,
  text: string,
): DraftContent {
  return {
    text,
    target: ours.target === base.target ? theirs.target : ours.target,
    layout: mergeLayouts(base.layout, ours.layout, theirs.layout),
  };
}

function mergeLayouts(base: Layout, ours: Layout, theirs: Layout): Layout {
  const nodes: Record<string, Position> = {};
  for (const id of new Set([...Object.keys(ours.nodes), ...Object.keys(theirs.nodes)])) {
    const [was, mine, other] = [base.nodes[id], ours.nodes[id], theirs.nodes[id]];
    const position = samePosition(mine, was) ? other : mine;
    if (position) nodes[id] = position;
  }
  return { v: 1, nodes };
}

function samePosition(a: Position | undefined, b: Position | undefined): boolean {
  return a?.x === b?.x && a?.y === b?.y;
}
