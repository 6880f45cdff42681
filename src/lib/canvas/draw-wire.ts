import type { Direction } from '$lib/document/content';
import { CHIP, GAP, turned, turnedPoint, type Box } from '$lib/document/placement';
import type { CanvasInserted, CanvasLane, CanvasWire } from './model';
import { length, type Point, type Trip } from './route';

/** A role that was inserted, and where it is drawn. */
export interface Chip {
  inserted: CanvasInserted;
  box: Box;
}

/** One lane of a wire: from a node or an inserted role to the next. */
export interface Piece {
  points: readonly Point[];
  lane: CanvasLane | null;
  /** The middle of its letter's box; null where nodes stand too close for one: the line tells it. */
  letter: Point | null;
}

/** A connection as it is drawn. */
export interface WireDrawing {
  pieces: readonly Piece[];
  /** Bridges on it; routers and merges are their elements'. */
  chips: readonly Chip[];
  start: Point;
  end: Point;
  /** Where something can be put on it. */
  middle: Point;
  box: Box;
}

/** The arrow's head, which no letter may cover. */
const HEAD = 7;
/** Letters of chips, roughly: their boxes are given beforehand, as all are. */
const CHIP_LETTER = 6.6;
/** Sign and letter of what became of it. */
const CHIP_DIFFERENCE = 38;
/** What a letter's box takes along the flow. */
const LETTER = { down: 14, right: 18 };
const MOST_CHIP = { down: 184, right: CHIP.right };

/** The box of a router or merge, along the flow, beside the box of its element. */
export function chipBox(
  inserted: CanvasInserted,
  box: Box,
  direction: Direction,
  /** How far it is to the next node on that side. */
  free: number,
): Box {
  const size = chipSize(inserted, direction);
  const roomy = GAP.along[direction];
  // Nodes that stand close by hand leave it the middle between them.
  const gap = Math.max(2, Math.min(roomy, (free - size.height) / 2));
  const x = box.x + (box.width - size.width) / 2;
  const y = inserted.where === 'before' ? box.y - gap - size.height : box.y + box.height + gap;
  return { ...size, x, y };
}

function chipSize({ role, difference }: CanvasInserted, direction: Direction): Box {
  const mark = difference === undefined ? 0 : CHIP_DIFFERENCE;
  const width = Math.min(MOST_CHIP[direction], Math.ceil(role.length * CHIP_LETTER) + 32 + mark);
  return turned({ x: 0, y: 0, width, height: 20 }, direction);
}

/** What a wire joins, seen along the flow. */
interface Ends {
  from: Box;
  to: Box;
  /** The box of the router behind the start, and of the merge before the end. */
  router: Box | null;
  merge: Box | null;
}

/**
 * A connection in its pieces: out of its start through a router and its bridges, on its way, and
 * through a merge into its end. `route` finds the way of the one piece that has to look for one.
 */
export function drawWire(
  wire: CanvasWire,
  { from, to, router, merge }: Ends,
  direction: Direction,
  route: (trip: Trip) => Point[],
): WireDrawing {
  const gap = GAP.along[direction];
  const start = { x: from.x + from.width / 2, y: from.y + from.height };
  const end = { x: to.x + to.width / 2, y: to.y };
  const chips: Chip[] = [];
  const all: Point[][] = [];
  let at = start;
  const pass = (box: Box) => {
    all.push([at, { x: at.x, y: box.y }]);
    at = { x: at.x, y: box.y + box.height };
  };
  if (router) pass(router);
  let below = at.y;
  for (const bridge of wire.inserted) {
    const size = chipSize(bridge, direction);
    const box = { ...size, x: at.x - size.width / 2, y: below + gap };
    chips.push({ inserted: bridge, box: turned(box, direction) });
    below = box.y + box.height;
    if (!bridge.ghost) pass(box);
  }
  const mainAt = all.length;
  all.push(
    route({
      from: at,
      to: merge ? { x: end.x, y: merge.y } : end,
      source: wire.from,
      target: wire.to,
      turn: merge ? 'late' : 'early',
      marks: [router, merge].filter((box) => box !== null),
    }),
  );
  if (merge) all.push([{ x: end.x, y: merge.y + merge.height }, end]);
  // The stretch that no other wire shares: those of one router part there, those of one merge meet.
  const where = merge && router ? 'longest' : merge ? 'first' : router ? 'last' : 'longest';
  const places = all.map((points, index) => letterOn(points, index === mainAt ? where : 'longest'));
  const pieces = all.map((points, index): Piece => {
    const place = places[index];
    return {
      points: points.map((point) => turnedPoint(point, direction)),
      // A plan that gives no spec has no lanes, and one that changes may have others for a moment.
      lane: wire.lanes.length === all.length ? (wire.lanes[index] ?? null) : null,
      letter: place && place.room >= LETTER[direction] ? turnedPoint(place.at, direction) : null,
    };
  });
  return {
    pieces,
    chips,
    start: turnedPoint(start, direction),
    end: turnedPoint(end, direction),
    middle: turnedPoint(places[mainAt]?.at ?? start, direction),
    box: around(
      pieces.flatMap(({ points }) => points.map((point) => ({ ...point, width: 0, height: 0 }))),
    ),
  };
}

/** The middle of a stretch that is this wire's own, before the arrow's head, and how long that is. */
function letterOn(
  points: readonly Point[],
  where: 'first' | 'last' | 'longest',
): { at: Point; room: number } {
  const stretches = points.slice(1).map((end, at) => {
    const start = points[at] ?? end;
    return { start, end, last: at === points.length - 2 };
  });
  const chosen =
    where === 'first'
      ? stretches[0]
      : where === 'last'
        ? stretches.at(-1)
        : stretches.reduce((best, one) =>
            length(one.start, one.end) > length(best.start, best.end) ? one : best,
          );
  if (!chosen) return { at: points[0] ?? { x: 0, y: 0 }, room: 0 };
  const { start, end, last } = chosen;
  const whole = length(start, end) || 1;
  const room = whole - (last ? HEAD : 0);
  const part = room / 2 / whole;
  const at = { x: start.x + (end.x - start.x) * part, y: start.y + (end.y - start.y) * part };
  // Across the flow the way is free on both sides of it.
  return { at, room: start.y === end.y && !last ? Infinity : room };
}

/** The same wire elsewhere. */
export function shifted(drawing: WireDrawing, dx: number, dy: number): WireDrawing {
  const point = ({ x, y }: Point) => ({ x: x + dx, y: y + dy });
  const box = (one: Box) => ({ ...one, x: one.x + dx, y: one.y + dy });
  return {
    pieces: drawing.pieces.map(({ points, lane, letter }) => ({
      points: points.map(point),
      lane,
      letter: letter && point(letter),
    })),
    chips: drawing.chips.map((chip) => ({ ...chip, box: box(chip.box) })),
    start: point(drawing.start),
    end: point(drawing.end),
    middle: point(drawing.middle),
    box: box(drawing.box),
  };
}

/** The box that two points span. */
export function spanning(a: Point, b: Point): Box {
  return around([
    { ...a, width: 0, height: 0 },
    { ...b, width: 0, height: 0 },
  ]);
}

/** The box around boxes. */
export function around(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}
