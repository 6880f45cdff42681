import type { Position } from './content';
import { boxOf, overlaps, type Box, type PlacedNode, type PlanShape } from './placement';

/** Which edge, or the middle, of the boxes comes on one line. */
export type Edge = 'left' | 'centre' | 'right' | 'top' | 'middle' | 'bottom';

/** Free space that is left between what would otherwise lie on each other. */
const APART = 20;

interface Standing {
  id: string;
  box: Box;
}

/**
 * Positions that bring nodes on one line. Where two would lie on each other, or on a node that isn't
 * moved, the later one goes on along the line until it lies on nothing.
 */
export function aligned(
  shape: PlanShape,
  placed: Readonly<Record<string, Position>>,
  ids: readonly string[],
  edge: Edge,
): Record<string, Position> {
  const { moved, still } = standing(shape, placed, ids);
  const across = edge === 'left' || edge === 'centre' || edge === 'right';
  const [at, size] = across ? (['x', 'width'] as const) : (['y', 'height'] as const);
  const lows = moved.map(({ box }) => box[at]);
  const highs = moved.map(({ box }) => box[at] + box[size]);
  const [low, high] = [Math.min(...lows), Math.max(...highs)];
  const lined = moved.map(({ id, box }) => {
    const place =
      edge === 'left' || edge === 'top'
        ? low
        : edge === 'right' || edge === 'bottom'
          ? high - box[size]
          : (low + high - box[size]) / 2;
    return { id, box: { ...box, [at]: place } };
  });
  return apart(lined, still, across ? 'y' : 'x');
}

/** Positions at the same distance from each other, between the first and the last. */
export function distributed(
  shape: PlanShape,
  placed: Readonly<Record<string, Position>>,
  ids: readonly string[],
  axis: 'x' | 'y',
): Record<string, Position> {
  const { moved, still } = standing(shape, placed, ids);
  const size = axis === 'x' ? 'width' : 'height';
  const sorted = moved.toSorted((a, b) => a.box[axis] - b.box[axis]);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last || sorted.length < 3) return {};
  const taken = sorted.reduce((sum, { box }) => sum + box[size], 0);
  const room = last.box[axis] + last.box[size] - first.box[axis] - taken;
  const gap = Math.max(APART, room / (sorted.length - 1));
  let from = first.box[axis];
  const spread = sorted.map(({ id, box }) => {
    const at = from;
    from += box[size] + gap;
    return { id, box: { ...box, [axis]: at } };
  });
  return apart(spread, still, axis);
}

function standing(
  { nodes }: PlanShape,
  placed: Readonly<Record<string, Position>>,
  ids: readonly string[],
) {
  const all = nodes.flatMap(({ id, kind }: PlacedNode): Standing[] => {
    const at = placed[id];
    return at ? [{ id, box: boxOf(kind, at) }] : [];
  });
  const chosen = new Set(ids);
  return {
    moved: all.filter(({ id }) => chosen.has(id)),
    still: all.filter(({ id }) => !chosen.has(id)).map(({ box }) => box),
  };
}

/** In their order along the axis, each goes on until it lies on nothing. */
function apart(
  moved: readonly Standing[],
  still: readonly Box[],
  axis: 'x' | 'y',
): Record<string, Position> {
  const size = axis === 'x' ? 'width' : 'height';
  const taken = [...still];
  const positions: Record<string, Position> = {};
  for (const { id, box } of moved.toSorted((a, b) => a.box[axis] - b.box[axis])) {
    const free = { ...box };
    for (
      let hit = taken.find((other) => overlaps(free, other));
      hit;
      hit = taken.find((other) => overlaps(free, other))
    )
      free[axis] = hit[axis] + hit[size] + APART;
    taken.push(free);
    // Whoever lines nodes up has placed them by hand: tidying up leaves them.
    positions[id] = { x: Math.round(free.x), y: Math.round(free.y), pinned: true };
  }
  return positions;
}
