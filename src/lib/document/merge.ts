import { emptyContent, type DraftContent, type Layout } from './content';
import { same } from './same';

/** What both drafts started from, where nobody kept it: every line then counts as added. */
export function unknownBase(theirs: DraftContent): DraftContent {
  return { ...emptyContent, target: theirs.target };
}

/**
 * A draft of what two people made of one: `text` as the compiler merged it (docs/spec/merge.md),
 * the execution target and what stands beside the plan of whoever changed it. Where both did, it is as
 * it is here: none of it means anything to what runs.
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
    cases: mergeById(base.cases, ours.cases, theirs.cases),
    samples: mergeById(base.samples, ours.samples, theirs.samples),
  };
}

function mergeLayouts(base: Layout, ours: Layout, theirs: Layout): Layout {
  return {
    v: 2,
    direction: ours.direction === base.direction ? theirs.direction : ours.direction,
    nodes: mergeById(base.nodes, ours.nodes, theirs.nodes),
    notes: mergeById(base.notes, ours.notes, theirs.notes),
    groups: mergeById(base.groups, ours.groups, theirs.groups),
  };
}

function mergeById<T>(
  base: Readonly<Record<string, T>>,
  ours: Readonly<Record<string, T>>,
  theirs: Readonly<Record<string, T>>,
): Record<string, T> {
  const merged: Record<string, T> = {};
  for (const id of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const value = same(ours[id], base[id]) ? theirs[id] : ours[id];
    if (value !== undefined) merged[id] = value;
  }
  return merged;
}
