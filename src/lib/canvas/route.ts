import { overlaps, type Box } from '$lib/document/placement';
import type { Grid } from './grid';

export interface Point {
  x: number;
  y: number;
}

/** A wire that wants a way from one point to another; both seen along the flow. */
export interface Trip {
  from: Point;
  to: Point;
  /** The nodes that it leaves and reaches: only its first and last stretch may touch them. */
  source: string;
  target: string;
  /** Where it turns aside, when either would do: behind its start or before its end. */
  turn: 'early' | 'late';
  /** The boxes of the router that it leaves and of the merge that it reaches: it goes round them. */
  marks: readonly Box[];
}

/** A wire keeps this much away from nodes that aren't its own. */
const MARGIN = 6;
/** How far a wire leads straight out of its start, and into its end. */
const OUT = 10;
const INTO = 16;
/** Between wires side by side. */
const TRACK = 6;
/** How many columns are tried before a wire crosses a node after all. */
const MOST_TRIES = 48;

interface Stretch {
  from: number;
  to: number;
  source: string;
  target: string;
}

/**
 * Finds ways for wires: straight where that is free, otherwise aside in the free space between
 * nodes, and around what stands between. Wires that share no end keep apart.
 */
export class Router {
  readonly #nodes: Grid;
  /** Stretches across the flow, by the place that they lie at; what a wire used is in `#used`. */
  readonly #across = new Map<number, Stretch[]>();
  readonly #along = new Map<number, Stretch[]>();
  readonly #used = new Map<string, Point[]>();

  constructor(nodes: Grid) {
    this.#nodes = nodes;
  }

  /** The corners of the wire's way, ends included. The wire's former way is given up. */
  route(id: string, trip: Trip): Point[] {
    this.forget(id);
    const points = this.#find(trip);
    this.#used.set(id, points);
    this.#keep(points, trip);
    return points;
  }

  forget(id: string): void {
    const points = this.#used.get(id);
    if (!points) return;
    this.#used.delete(id);
    for (let at = 1; at < points.length; at += 1) {
      const [a, b] = [points[at - 1], points[at]];
      if (!a || !b) continue;
      const [lists, place, low] =
        a.y === b.y
          ? [this.#across, a.y, Math.min(a.x, b.x)]
          : [this.#along, a.x, Math.min(a.y, b.y)];
      const list = lists.get(lane(place));
      const index = list?.findIndex((one) => one.from === low) ?? -1;
      if (list && index >= 0) list.splice(index, 1);
    }
  }

  clear(): void {
    this.#across.clear();
    this.#along.clear();
    this.#used.clear();
  }

  #find(trip: Trip): Point[] {
    const { from, to } = trip;
    const ahead = to.y - from.y;
    if (Math.abs(from.x - to.x) < 1 && ahead > 0 && this.#freeAlong(from.x, from.y, to.y, trip))
      return [from, to];
    if (ahead >= OUT + INTO - 4) {
      const turn = this.#turn(trip);
      if (turn !== null) return [from, { x: from.x, y: turn }, { x: to.x, y: turn }, to];
    }
    return this.#around(trip);
  }

  /** Where along the flow the wire can lead across in one go; null when something stands there. */
  #turn(trip: Trip): number | null {
    const { from, to } = trip;
    const first = from.y + OUT;
    const last = to.y - INTO;
    const [low, high] = from.x < to.x ? [from.x, to.x] : [to.x, from.x];
    let free: number | null = null;
    const steps = Math.min(12, Math.floor(Math.max(0, last - first) / TRACK));
    for (let step = 0; step <= steps; step += 1) {
      const y = trip.turn === 'early' ? first + step * TRACK : last - step * TRACK;
      if (
        !this.#freeAcross(y, low, high) ||
        !this.#freeAlong(from.x, from.y, y, trip) ||
        !this.#freeAlong(to.x, y, to.y, trip)
      )
        continue;
      free ??= y;
      if (!this.#clashes(this.#across, y, low, high, trip)) return y;
    }
    return free;
  }

  /** Out of the start, along a free column, and into the end: round everything in between. */
  #around(trip: Trip): Point[] {
    const { from, to } = trip;
    const y1 = this.#track(from.y + OUT, 1, from.x, trip);
    const y2 = this.#track(to.y - INTO, -1, to.x, trip);
    let best: { x: number; cost: number } | null = null;
    for (const x of this.#columns(trip, y1, y2)) {
      const cost = Math.abs(x - from.x) + Math.abs(x - to.x);
      if (best && cost >= best.cost) continue;
      if (!this.#freeColumn(x, y1, y2, trip) || !this.#freeAcross(y1, from.x, x)) continue;
      if (!this.#freeAcross(y2, x, to.x) || marked(acrossAt(y2, x, to.x), trip)) continue;
      best = { x, cost };
    }
    const x = this.#besideOthers(best?.x ?? (from.x + to.x) / 2, y1, y2, trip);
    return straightened([
      from,
      { x: from.x, y: y1 },
      { x, y: y1 },
      { x, y: y2 },
      { x: to.x, y: y2 },
      to,
    ]);
  }

  /** Columns beside what stands between, nearest first. */
  #columns(trip: Trip, y1: number, y2: number): number[] {
    const { from, to } = trip;
    const [top, bottom] = y1 < y2 ? [y1, y2] : [y2, y1];
    const left = Math.min(from.x, to.x);
    const right = Math.max(from.x, to.x);
    const beside = ({ x, width }: Box) => [x - MARGIN - 4, x + width + MARGIN + 4];
    const columns = [from.x, to.x, ...trip.marks.flatMap(beside)];
    // Wider and wider, until there is a way out on either side.
    for (const reach of [40, 400, 2000]) {
      const region = {
        x: left - reach,
        y: top - MARGIN,
        width: right - left + 2 * reach,
        height: bottom - top + 2 * MARGIN,
      };
      for (const id of this.#nodes.within(region)) {
        const box = this.#nodes.box(id);
        if (box) columns.push(...beside(box));
      }
      const near = [...new Set(columns)]
        .sort((a, b) => distance(a, left, right) - distance(b, left, right))
        .slice(0, MOST_TRIES);
      if (reach === 2000 || near.some((x) => this.#freeColumn(x, y1, y2, trip))) return near;
    }
    return columns;
  }

  /** The place across that is next to the wanted one and that no other wire has here. */
  #track(y: number, step: 1 | -1, x: number, trip: Trip): number {
    const clash = (at: number) => this.#clashes(this.#across, at, x - 40, x + 40, trip);
    return clash(y) && !clash(y + step * TRACK) ? y + step * TRACK : y;
  }

  #besideOthers(x: number, y1: number, y2: number, trip: Trip): number {
    const [top, bottom] = y1 < y2 ? [y1, y2] : [y2, y1];
    for (const shift of [0, TRACK, -TRACK, 2 * TRACK, -2 * TRACK]) {
      if (shift !== 0 && !this.#freeColumn(x + shift, y1, y2, trip)) continue;
      if (!this.#clashes(this.#along, x + shift, top, bottom, trip)) return x + shift;
    }
    return x;
  }

  #freeAcross(y: number, x1: number, x2: number): boolean {
    return this.#nodes.first(acrossAt(y, x1, x2), () => true) === null;
  }

  #freeColumn(x: number, y1: number, y2: number, trip: Trip): boolean {
    const region = columnAt(x, y1, y2);
    return !marked(region, trip) && this.#nodes.first(region, () => true) === null;
  }

  /** Whether a stretch out of the start or into the end meets no node but its own. */
  #freeAlong(x: number, y1: number, y2: number, { source, target }: Trip): boolean {
    return this.#nodes.first(columnAt(x, y1, y2), (id) => id !== source && id !== target) === null;
  }

  #clashes(
    lists: ReadonlyMap<number, Stretch[]>,
    place: number,
    from: number,
    to: number,
    { source, target }: Trip,
  ): boolean {
    return [lane(place) - 1, lane(place), lane(place) + 1].some((at) =>
      lists
        .get(at)
        ?.some(
          (one) => one.from < to && from < one.to && one.source !== source && one.target !== target,
        ),
    );
  }

  #keep(points: readonly Point[], { source, target }: Trip): void {
    for (let at = 1; at < points.length; at += 1) {
      const [a, b] = [points[at - 1], points[at]];
      if (!a || !b) continue;
      const flat = a.y === b.y;
      const lists = flat ? this.#across : this.#along;
      const place = lane(flat ? a.y : a.x);
      const [one, other] = flat ? [a.x, b.x] : [a.y, b.y];
      const stretch = { from: Math.min(one, other), to: Math.max(one, other), source, target };
      const list = lists.get(place);
      if (list) list.push(stretch);
      else lists.set(place, [stretch]);
    }
  }
}

/** What a stretch across the flow takes. */
function acrossAt(y: number, x1: number, x2: number): Box {
  const [left, right] = x1 < x2 ? [x1, x2] : [x2, x1];
  return {
    x: left - MARGIN,
    y: y - MARGIN,
    width: right - left + 2 * MARGIN,
    height: 2 * MARGIN,
  };
}

/** What a stretch along the flow takes. */
function columnAt(x: number, y1: number, y2: number): Box {
  const [top, bottom] = y1 < y2 ? [y1, y2] : [y2, y1];
  return { x: x - MARGIN, y: top, width: 2 * MARGIN, height: bottom - top };
}

/** Whether a mark of the wire's own ends lies there. */
function marked(region: Box, { marks }: Trip): boolean {
  return marks.some((mark) => overlaps(region, mark));
}

/** Places nearer than half a track are one. */
function lane(place: number): number {
  return Math.round(place / (TRACK / 2));
}

function distance(x: number, left: number, right: number): number {
  return x < left ? left - x : x > right ? x - right : 0;
}

/** The way without corners that lie on a straight line. */
function straightened(points: readonly Point[]): Point[] {
  return points.filter((point, at) => {
    const [before, after] = [points[at - 1], points[at + 1]];
    if (!before || !after) return true;
    if (before.x === point.x && before.y === point.y) return false;
    return !(
      (before.x === point.x && point.x === after.x) ||
      (before.y === point.y && point.y === after.y)
    );
  });
}

/** The way as a path with round corners. */
export function pathOf(points: readonly Point[], radius = 8): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${first.x} ${first.y}`;
  rest.forEach((point, at) => {
    const next = rest[at + 1];
    const before = points[at];
    if (!next || !before) {
      path += `L${point.x} ${point.y}`;
      return;
    }
    const r = Math.min(radius, length(before, point) / 2, length(point, next) / 2);
    const into = towards(point, before, r);
    const out = towards(point, next, r);
    path += `L${into.x} ${into.y}Q${point.x} ${point.y} ${out.x} ${out.y}`;
  });
  return path;
}

export function length(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}

function towards(from: Point, to: Point, by: number): Point {
  const whole = length(from, to);
  if (whole === 0) return from;
  return { x: from.x + ((to.x - from.x) * by) / whole, y: from.y + ((to.y - from.y) * by) / whole };
}
