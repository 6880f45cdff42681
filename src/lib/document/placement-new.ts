import type { Note, Position } from './content';
import {
  boxOf,
  degreesOf,
  downstream,
  flowBoxes,
  freeSpot,
  GAP,
  makeWay,
  nearestSpot,
  positionsOf,
  sizeOf,
  spaceFor,
  turned,
  turnedPoint,
  type Box,
  type Placed,
  type PlacedNode,
  type PlanShape,
  type Wire,
} from './placement';
import { notesClear } from './placement-notes';

/** Where what stands in the way of something new goes. */
export interface Way {
  moved: Record<string, Position>;
  notes: Record<string, Note>;
}

/** Where something new stands, and where what stood in its way goes. */
export interface Room extends Way {
  position: Position;
}

/** What a new node is. */
export type NewNode = Pick<PlacedNode, 'kind'>;

const STAGE: NewNode = { kind: 'stage' };

/** A name that no element can have: what is placed isn't there yet. */
const NEW = '+';

/**
 * Room on a connection: the new node stands behind the connection's start, and what follows moves on
 * as far as it must. Null where an end has no place yet. `moving` is there already and goes into the
 * room, with the notes about it.
 */
export function placeOnWire(
  shape: PlanShape,
  placed: Placed,
  wire: Wire,
  { node = STAGE, moving }: { node?: NewNode; moving?: string } = {},
): Room | null {
  const boxes = flowBoxes(shape, placed);
  // The place that it leaves is free.
  if (moving !== undefined) boxes.delete(moving);
  const [from, to] = [boxes.get(wire.from), boxes.get(wire.to)];
  if (!from || !to) return null;
  const known = shape.wires.find((one) => one.from === wire.from && one.to === wire.to) ?? wire;
  const degrees = degreesOf(shape.wires);
  const fans = (degrees.out.get(wire.from) ?? 0) > 1;
  const merges = (degrees.into.get(wire.to) ?? 0) > 1;
  const before = spaceFor(
    { from: wire.from, to: NEW, label: known.label },
    degrees,
    placed.direction,
  );
  const behind = spaceFor({ from: NEW, to: wire.to }, degrees, placed.direction);
  const size = turned({ x: 0, y: 0, ...sizeOf(node.kind) }, placed.direction);
  // In line with the end that is its alone, so that the wire there stays straight.
  const beside = fans && !merges ? to : from;
  const box: Box = {
    ...size,
    x: beside.x + (beside.width - size.width) / 2,
    y: from.y + from.height + before,
  };
  const needed = box.y + box.height + behind - to.y;
  if (needed > 0 && to.y >= from.y) {
    for (const id of downstream(shape.wires, wire.to)) {
      const follower = boxes.get(id);
      if (follower && id !== wire.from && follower.y >= to.y)
        boxes.set(id, { ...follower, y: follower.y + needed });
    }
  } else box.y = Math.max(box.y, (from.y + from.height + before + to.y - behind - box.height) / 2);
  return roomAt(box, boxes, shape, placed, moving);
}

/** Room for a new connection: where it brings a router or merge in, what follows moves on for it. */
export function placeConnection(shape: PlanShape, placed: Placed, wire: Wire): Way {
  const boxes = flowBoxes(shape, placed);
  const before = new Map(boxes);
  spread(boxes, [...shape.wires, wire], wire, placed.direction);
  const changed = [...boxes].flatMap(([id, box]) => (before.get(id) === box ? [] : [id]));
  makeWay(boxes, changed, NEW);
  const moved = positionsOf(
    [...boxes].filter(([id, { y }]) => before.get(id)?.y !== y),
    placed,
  );
  return { moved, notes: notesClear(shape, { notes: {}, ...placed }, moved) };
}

/** Moves on what stands too near for what a new wire brings onto the wires beside it. */
function spread(
  boxes: Map<string, Box>,
  wires: readonly Wire[],
  wire: Wire,
  direction: Placed['direction'],
): void {
  const degrees = degreesOf(wires);
  const fans = degrees.out.get(wire.from) === 2;
  const merges = degrees.into.get(wire.to) === 2;
  for (const beside of wires) {
    if (!(fans && beside.from === wire.from) && !(merges && beside.to === wire.to)) continue;
    const [from, to] = [boxes.get(beside.from), boxes.get(beside.to)];
    if (!from || !to || to.y < from.y + from.height) continue;
    const missing = spaceFor(beside, degrees, direction) - (to.y - from.y - from.height);
    if (missing <= 0) continue;
    for (const id of downstream(wires, beside.to)) {
      const follower = boxes.get(id);
      if (follower && follower.y >= to.y) boxes.set(id, { ...follower, y: follower.y + missing });
    }
  }
}

/**
 * A place behind an element, as a branch of its own: in line with it where nothing follows yet,
 * otherwise beside what follows.
 */
export function placeBehind(
  shape: PlanShape,
  placed: Placed,
  id: string,
  node: NewNode = STAGE,
): Room | null {
  return placeNextTo(shape, placed, id, node, 1);
}

/** A place before an element, for something new that leads to it. */
export function placeBefore(
  shape: PlanShape,
  placed: Placed,
  id: string,
  node: NewNode = STAGE,
): Room | null {
  return placeNextTo(shape, placed, id, node, -1);
}

function placeNextTo(
  shape: PlanShape,
  placed: Placed,
  id: string,
  node: NewNode,
  side: 1 | -1,
): Room | null {
  const boxes = flowBoxes(shape, placed);
  const own = boxes.get(id);
  if (!own) return null;
  const siblings = shape.wires.flatMap(({ from, to }) => {
    const other = side === 1 && from === id ? to : side === -1 && to === id ? from : null;
    return (other !== null && boxes.get(other)) || [];
  });
  const wire = side === 1 ? { from: id, to: NEW } : { from: NEW, to: id };
  const space = spaceFor(wire, degreesOf([...shape.wires, wire]), placed.direction);
  const size = turned({ x: 0, y: 0, ...sizeOf(node.kind) }, placed.direction);
  const x =
    siblings.length > 0
      ? Math.max(...siblings.map((sibling) => sibling.x + sibling.width)) + GAP.across
      : own.x + (own.width - size.width) / 2;
  const y = side === 1 ? own.y + own.height + space : own.y - space - size.height;
  const box = freeSpot({ ...size, x, y }, taken(boxes, placed));
  spread(boxes, [...shape.wires, wire], wire, placed.direction);
  return roomAt(box, boxes, shape, placed);
}

/** The nearest free place around a point, which becomes the middle of the new node. */
export function placeAt(
  shape: PlanShape,
  placed: Placed,
  point: { x: number; y: number },
  node: NewNode = STAGE,
): Position {
  const { width, height } = sizeOf(node.kind);
  const at = { x: point.x - width / 2, y: point.y - height / 2 };
  const boxes = flowBoxes(shape, placed);
  const box = nearestSpot(turned(boxOf(node.kind, at), placed.direction), taken(boxes, placed));
  return rounded(turnedPoint(box, placed.direction));
}

/**
 * The nearest free place around a point for something that is connected with an element: as far from
 * it as the wire needs, and what follows moves on for the router or merge that comes in.
 */
export function placeAtConnected(
  shape: PlanShape,
  placed: Placed,
  point: { x: number; y: number },
  { after, before }: { after?: string | undefined; before?: string | undefined },
  node: NewNode = STAGE,
): Room {
  const { direction } = placed;
  const boxes = flowBoxes(shape, placed);
  const wire = { from: after ?? NEW, to: after === undefined ? (before ?? NEW) : NEW };
  const wires = [...shape.wires, wire];
  spread(boxes, wires, wire, direction);
  const { width, height } = sizeOf(node.kind);
  const at = { x: point.x - width / 2, y: point.y - height / 2 };
  const box = turned(boxOf(node.kind, at), direction);
  const other = boxes.get(after ?? before ?? NEW);
  const space = spaceFor(wire, degreesOf(wires), direction);
  // Who is put against the flow is left there; its wire leads around.
  if (other && after !== undefined && box.y + box.height > other.y)
    box.y = Math.max(box.y, other.y + other.height + space);
  else if (other && after === undefined && box.y < other.y + other.height)
    box.y = Math.min(box.y, other.y - space - box.height);
  return roomAt(nearestSpot(box, taken(boxes, placed)), boxes, shape, placed);
}

/**
 * Places for several new nodes that keep their places relative to each other, moved together until
 * they cover nothing. `at` is where their top left corner would best stand.
 */
export function placeTogether<T extends PlacedNode & { at: { x: number; y: number } }>(
  shape: PlanShape,
  placed: Placed,
  nodes: readonly T[],
  at: { x: number; y: number },
): Record<string, Position> {
  if (nodes.length === 0) return {};
  const left = Math.min(...nodes.map((node) => node.at.x));
  const top = Math.min(...nodes.map((node) => node.at.y));
  const others = taken(flowBoxes(shape, placed), placed);
  const all = nodes.map((node) => ({
    id: node.id,
    box: turned(
      boxOf(node.kind, { x: node.at.x - left + at.x, y: node.at.y - top + at.y }),
      placed.direction,
    ),
  }));
  // Each turn clears the node that stands worst; all of them go along.
  let shift = 0;
  for (let step = 1; step > 0;) {
    step = Math.max(
      ...all.map(({ box }) => {
        const moved = { ...box, x: box.x + shift };
        const hits = others.filter(
          (other) =>
            moved.x < other.x + other.width + GAP.across &&
            other.x < moved.x + moved.width &&
            moved.y < other.y + other.height &&
            other.y < moved.y + moved.height,
        );
        return Math.max(0, ...hits.map((hit) => hit.x + hit.width + GAP.across - moved.x));
      }),
    );
    shift += step;
  }
  return Object.fromEntries(
    all.map(({ id, box }) => [
      id,
      rounded(turnedPoint({ x: box.x + shift, y: box.y }, placed.direction)),
    ]),
  );
}

/** Where nothing new may stand: on what is placed, and under a note. */
function taken(boxes: ReadonlyMap<string, Box>, { notes = {}, direction }: Placed): Box[] {
  return [...boxes.values(), ...Object.values(notes).map((note) => turned(note, direction))];
}

/** The box is set, and what it covers makes way. */
function roomAt(
  box: Box,
  boxes: Map<string, Box>,
  shape: PlanShape,
  placed: Placed,
  moving?: string,
): Room {
  const before = flowBoxes(shape, placed);
  boxes.set(NEW, box);
  const changed = [...boxes].flatMap(([id, { y }]) => (before.get(id)?.y === y ? [] : [id]));
  makeWay(boxes, changed, NEW);
  const moved = positionsOf(
    [...boxes].filter(([id, { y }]) => id !== NEW && before.get(id)?.y !== y),
    placed,
  );
  const position = rounded(turnedPoint(boxes.get(NEW) ?? box, placed.direction));
  const standing = { notes: {}, ...placed };
  const notes =
    moving === undefined
      ? notesClear(shape, standing, moved, [{ ...position, ...sizeAt(box, placed.direction) }])
      : notesClear(shape, standing, { ...moved, [moving]: position });
  return { position, moved, notes };
}

function sizeAt(box: Box, direction: Placed['direction']): { width: number; height: number } {
  const { width, height } = turned(box, direction);
  return { width, height };
}

function rounded({ x, y }: { x: number; y: number }): Position {
  return { x: Math.round(x), y: Math.round(y) };
}

/**
 * Positions for nodes that have none, leaving every placed one where it is.
 *
 * `suggested` is a layout of the whole graph. A new node takes the place it has there relative to
 * its nearest placed neighbour, and moves on until it covers nothing.
 */
export function placeNew(
  nodes: readonly PlacedNode[],
  wires: readonly Wire[],
  placed: Placed,
  suggested: Readonly<Record<string, Position>>,
): Record<string, Position> {
  const { direction, notes = {} } = placed;
  const boxes = flowBoxes({ nodes, wires }, placed);
  const wanted = flowBoxes({ nodes, wires }, { direction, nodes: suggested });
  const nothingPlaced = boxes.size === 0;
  const anyNotes = Object.keys(notes).length > 0;
  const fresh: [string, Box][] = [];
  for (const { id, kind } of nodes) {
    if (placed.nodes[id] || boxes.has(id)) continue;
    const own = wanted.get(id) ?? turned(boxOf(kind, { x: 0, y: 0 }), direction);
    let box = own;
    if (!nothingPlaced) {
      const anchor = neighbourOf(id, wires, boxes);
      const reference = anchor && wanted.get(anchor.id);
      if (anchor && reference)
        box = {
          ...own,
          x: anchor.box.x + own.x - reference.x,
          y: anchor.box.y + own.y - reference.y,
        };
      else if (!anchor) {
        const all = [...boxes.values()];
        box = {
          ...own,
          x: Math.min(...all.map((other) => other.x)),
          y: Math.max(...all.map((other) => other.y + other.height)) + GAP.along[direction],
        };
      }
    }
    // A layout covers nothing by itself, but it knows nothing of notes.
    if (!nothingPlaced || anyNotes) box = freeSpot(box, taken(boxes, placed));
    boxes.set(id, box);
    fresh.push([id, box]);
  }
  return positionsOf(fresh, placed);
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
