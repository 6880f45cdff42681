import type { Direction, Note, Position } from './content';

/** Sizes of nodes on the canvas, in canvas units; fixed, so nothing has to be measured. */
export const STAGE_SIZE = { width: 232, height: 56 };
const BOUNDARY_SIZE = { width: 148, height: 28 };
/** Free space between a node and the next along the flow, and across it. */
export const GAP = { along: { down: 24, right: 48 }, across: 20 };
/** How far a router, merge or bridge reaches along the flow: its text is never turned. */
export const CHIP = { down: 20, right: 100 };
/** Where several wires part or meet, they lead across. */
const BEND = 12;

export interface Box {
  x: number;
  y: number;
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
  /** The lane that is asked for; where another one comes in, a bridge needs room between the nodes. */
  label?: string | undefined;
}

/** What is placed: the nodes of a plan, and what connects them. */
export interface PlanShape {
  nodes: readonly PlacedNode[];
  wires: readonly Wire[];
}

/** Where it stands. */
export interface Placed {
  direction: Direction;
  nodes: Readonly<Record<string, Position>>;
  /** Where notes stand: nothing new is put under one, and they make way as nodes do. */
  notes?: Readonly<Record<string, Note>>;
}

export function sizeOf(kind: PlacedNode['kind']): { width: number; height: number } {
  return kind === 'stage' ? STAGE_SIZE : BOUNDARY_SIZE;
}

/** The box of a node that stands at `at`. */
export function boxOf(kind: PlacedNode['kind'], { x, y }: { x: number; y: number }): Box {
  return { x, y, ...sizeOf(kind) };
}

/**
 * A box seen along the flow: whichever way records go, y grows with it. The same turn leads back.
 */
export function turned({ x, y, width, height }: Box, direction: Direction): Box {
  return direction === 'down'
    ? { x, y, width, height }
    : { x: y, y: x, width: height, height: width };
}

/** A point seen along the flow, and back. */
export function turnedPoint({ x, y }: { x: number; y: number }, direction: Direction) {
  return direction === 'down' ? { x, y } : { x: y, y: x };
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

/** How many connections leave each node, and how many reach it. */
export function degreesOf(wires: readonly Wire[]): {
  out: ReadonlyMap<string, number>;
  into: ReadonlyMap<string, number>;
} {
  const out = new Map<string, number>();
  const into = new Map<string, number>();
  for (const { from, to } of wires) {
    out.set(from, (out.get(from) ?? 0) + 1);
    into.set(to, (into.get(to) ?? 0) + 1);
  }
  return { out, into };
}

/** The free space along the flow that a wire wants between its ends, with what stands on it. */
export function spaceFor(
  wire: Wire,
  { out, into }: ReturnType<typeof degreesOf>,
  direction: Direction,
): number {
  const chip = CHIP[direction] + GAP.along[direction];
  return (
    GAP.along[direction] +
    ((out.get(wire.from) ?? 0) > 1 ? chip + BEND : 0) +
    ((into.get(wire.to) ?? 0) > 1 ? chip + BEND : 0) +
    (wire.label ? chip : 0)
  );
}

/** The boxes of what is placed, seen along the flow. */
export function flowBoxes({ nodes }: PlanShape, placed: Placed): Map<string, Box> {
  const boxes = new Map<string, Box>();
  for (const { id, kind } of nodes) {
    const at = placed.nodes[id];
    if (at && !boxes.has(id)) boxes.set(id, turned(boxOf(kind, at), placed.direction));
  }
  return boxes;
}

/** Positions of boxes that are seen along the flow; who is pinned stays so. */
export function positionsOf(
  boxes: Iterable<readonly [string, Box]>,
  { direction, nodes }: Placed,
): Record<string, Position> {
  const positions: Record<string, Position> = {};
  for (const [id, box] of boxes) {
    const { x, y } = turnedPoint(box, direction);
    const at = { x: Math.round(x), y: Math.round(y) };
    positions[id] = nodes[id]?.pinned ? { ...at, pinned: true } : at;
  }
  return positions;
}

/** The nearest place to the box's own where it covers no other: further along, or aside. */
export function freeSpot(box: Box, others: Iterable<Box>): Box {
  const all = [...others];
  const along = { ...box };
  const aside = { ...box };
  for (let hit = covered(along, all); hit; hit = covered(along, all))
    along.y = hit.y + hit.height + CLOSE;
  for (let hit = covered(aside, all); hit; hit = covered(aside, all))
    aside.x = hit.x + hit.width + GAP.across;
  return along.y - box.y <= aside.x - box.x ? along : aside;
}

/** The same for what was put down at a place: on either side, or further along. */
export function nearestSpot(box: Box, others: Iterable<Box>): Box {
  const all = [...others];
  const found = freeSpot(box, all);
  const before = { ...box };
  for (let hit = covered(before, all); hit; hit = covered(before, all))
    before.x = hit.x - before.width - GAP.across;
  const way = Math.max(found.x - box.x, found.y - box.y);
  return box.x - before.x < way ? before : found;
}

/** What makes way, or is put where there is room, stands this far from its neighbour. */
const CLOSE = 24;
/** Nodes may stand closer than that, but no closer than this. */
const LEAST_GAP = 8;

function covered(box: Box, others: readonly Box[]): Box | undefined {
  return others.find((other) => overlaps(box, other, LEAST_GAP));
}

/**
 * Moves along the flow whatever the boxes of `changed` cover, and what that covers then; `fixed`
 * stays. Who is pushed stands behind who pushed it, so nobody comes back to push that one: it ends.
 * Changes `boxes`.
 */
export function makeWay(boxes: Map<string, Box>, changed: readonly string[], fixed: string): void {
  const pushers = [...changed];
  for (;;) {
    // From the front of the flow onwards, so that most are pushed once.
    pushers.sort((a, b) => (boxes.get(b)?.y ?? 0) - (boxes.get(a)?.y ?? 0));
    const id = pushers.pop();
    const box = id === undefined ? undefined : boxes.get(id);
    if (!box) return;
    for (const [other, covered] of boxes) {
      if (other === id || other === fixed || !overlaps(box, covered)) continue;
      boxes.set(other, { ...covered, y: box.y + box.height + CLOSE });
      if (!pushers.includes(other)) pushers.push(other);
    }
  }
}

/** `start` and everything that can be reached from it. */
export function downstream(wires: readonly Wire[], start: string): Set<string> {
  const next = new Map<string, string[]>();
  for (const { from, to } of wires) {
    const list = next.get(from);
    if (list) list.push(to);
    else next.set(from, [to]);
  }
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
