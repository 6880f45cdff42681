import type { Position } from './content';

/** Sizes of nodes on the canvas, in canvas units; fixed, so nothing has to be measured. */
export const STAGE_SIZE = { width: 176, height: 60 };
const BOUNDARY_SIZE = { width: 112, height: 48 };
/** Free space between a node and the next along the flow, and across it. */
export const GAP = { along: 56, across: 36 };

export interface Box extends Position {
  width: number;
  height: number;
}

export interface PlacedNode {
  id: string;
  kind: 'stage' | 'ingress' | 'egress';
}

export interface Wire {
  from: string;
  to: string;
  /** What is written on the wire; it needs room between the nodes. */
  label?: string | undefined;
}

export function sizeOf(kind: PlacedNode['kind']): { width: number; height: number } {
  return kind === 'stage' ? STAGE_SIZE : BOUNDARY_SIZE;
}

/** Whether two boxes touch or overlap, with `gap` to spare. */
export function overlaps(a: Box, b: Box, gap = 0): boolean {
  return (
    a.x < b.x + b.width + gap &&
    b.x < a.x + a.width + gap &&
    a.y < b.y + b.height + gap &&
    b.y < a.y + a.height + gap
  );
}

/**
 * Positions for nodes that have none, leaving every placed one where it is.
 *
 * `suggested` is a layout of the whole graph. A new node takes the place it has there relative to
 * its nearest placed neighbour, and moves down until it covers nothing.
 */
export function placeNew(
  nodes: readonly PlacedNode[],
  wires: readonly Wire[],
  placed: Readonly<Record<string, Position>>,
  suggested: Readonly<Record<string, Position>>,
): Record<string, Position> {
  const result: Record<string, Position> = {};
  const boxes = new Map<string, Box>();
  for (const node of nodes) {
    const position = placed[node.id];
    if (position) boxes.set(node.id, { ...position, ...sizeOf(node.kind) });
  }
  const nothingPlaced = boxes.size === 0;
  for (const node of nodes) {
    if (placed[node.id]) continue;
    const own = suggested[node.id] ?? { x: 0, y: 0 };
    const size = sizeOf(node.kind);
    let box: Box = { ...own, ...size };
    if (!nothingPlaced) {
      const anchor = neighbourOf(node.id, wires, boxes);
      const reference = anchor ? suggested[anchor.id] : undefined;
      if (anchor && reference) {
        box.x = anchor.box.x + own.x - reference.x;
        box.y = anchor.box.y + own.y - reference.y;
      } else if (!anchor) {
        const bottom = Math.max(...[...boxes.values()].map((other) => other.y + other.height));
        const left = Math.min(...[...boxes.values()].map((other) => other.x));
        box = { ...box, x: left, y: bottom + GAP.across };
      }
      box.y = freeRow(box, boxes);
    }
    boxes.set(node.id, box);
    result[node.id] = { x: Math.round(box.x), y: Math.round(box.y) };
  }
  return result;
}

/** The first y from the box's own downwards where it covers no other box. */
function freeRow(box: Box, boxes: ReadonlyMap<string, Box>): number {
  let y = box.y;
  for (let moved = true; moved;) {
    moved = false;
    for (const other of boxes.values()) {
      if (overlaps({ ...box, y }, other, 8)) {
        y = other.y + other.height + GAP.across;
        moved = true;
      }
    }
  }
  return y;
}

function neighbourOf(
  id: string,
  wires: readonly Wire[],
  boxes: ReadonlyMap<string, Box>,
): { id: string; box: Box } | null {
  for (const wire of wires) {
    const other = wire.to === id ? wire.from : wire.from === id ? wire.to : null;
    const box = other === null ? undefined : boxes.get(other);
    if (other !== null && box) return { id: other, box };
  }
  return null;
}

/**
 * Room for a stage on the connection `from -> to`: its own position, and how far what follows has
 * to move to the right so that nothing is covered.
 */
export function makeRoom(
  wires: readonly Wire[],
  placed: Readonly<Record<string, Position>>,
  kinds: Readonly<Record<string, PlacedNode['kind']>>,
  wire: Wire,
): { position: Position; moved: Record<string, Position> } | null {
  const from = placed[wire.from];
  const to = placed[wire.to];
  if (!from || !to) return null;
  const fromSize = sizeOf(kinds[wire.from] ?? 'stage');
  const toSize = sizeOf(kinds[wire.to] ?? 'stage');
  const middle = (from.y + fromSize.height / 2 + to.y + toSize.height / 2) / 2;
  const left = from.x + fromSize.width + GAP.along;
  const needed = left + STAGE_SIZE.width + GAP.along - to.x;
  const moved: Record<string, Position> = {};
  const runsLeftToRight = to.x > from.x;
  if (needed > 0 && runsLeftToRight) {
    for (const id of downstream(wires, wire.to)) {
      const position = placed[id];
      if (position && position.x >= to.x) moved[id] = { x: position.x + needed, y: position.y };
    }
  }
  const x = needed > 0 ? left : (from.x + fromSize.width + to.x - STAGE_SIZE.width) / 2;
  return {
    position: { x: Math.round(x), y: Math.round(middle - STAGE_SIZE.height / 2) },
    moved,
  };
}

/** `start` and everything that can be reached from it. */
export function downstream(wires: readonly Wire[], start: string): Set<string> {
  const next = new Map<string, string[]>();
  for (const wire of wires) next.set(wire.from, [...(next.get(wire.from) ?? []), wire.to]);
  const reached = new Set([start]);
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const to of next.get(id) ?? []) {
      if (!reached.has(to)) {
        reached.add(to);
        queue.push(to);
      }
    }
  }
  return reached;
}

/** The id that typing gave another name: exactly one went and one came. */
export function renamedId(
  before: readonly string[],
  after: readonly string[],
): { from: string; to: string } | null {
  const [old, now] = [new Set(before), new Set(after)];
  const gone = before.filter((id) => !now.has(id));
  const come = after.filter((id) => !old.has(id));
  const [from, to] = [gone[0], come[0]];
  if (gone.length !== 1 || come.length !== 1 || from === undefined || to === undefined) return null;
  return { from, to };
}

/** The new name keeps the place of the old one. Anything less clear is left to the automatic layout. */
export function inheritPosition(
  { from, to }: { from: string; to: string },
  placed: Readonly<Record<string, Position>>,
): Record<string, Position | null> | null {
  const position = placed[from];
  return position && !placed[to] ? { [to]: position, [from]: null } : null;
}

/** Nodes in columns by their depth from the sources; what the layout engine's absence leaves. */
export function simpleLayout(
  nodes: readonly PlacedNode[],
  wires: readonly Wire[],
): Record<string, Position> {
  const depth = new Map(nodes.map((node) => [node.id, 0]));
  // As many rounds as there are nodes settle every acyclic plan and end on a cyclic one.
  for (let round = 0, moved = true; moved && round < nodes.length; round += 1) {
    moved = false;
    for (const wire of wires) {
      const next = (depth.get(wire.from) ?? 0) + 1;
      if (depth.has(wire.to) && next > (depth.get(wire.to) ?? 0) && next <= nodes.length) {
        depth.set(wire.to, next);
        moved = true;
      }
    }
  }
  const rows = new Map<number, number>();
  const result: Record<string, Position> = {};
  for (const node of nodes) {
    const column = depth.get(node.id) ?? 0;
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    result[node.id] = {
      x: column * (STAGE_SIZE.width + GAP.along),
      y:
        row * (STAGE_SIZE.height + GAP.across) + (STAGE_SIZE.height - sizeOf(node.kind).height) / 2,
    };
  }
  return result;
}
