import type { Direction, Position } from './content';
import {
  degreesOf,
  flowBoxes,
  freeSpot,
  GAP,
  positionsOf,
  spaceFor,
  turned,
  sizeOf,
  type Box,
  type Placed,
  type PlacedNode,
  type PlanShape,
  type Wire,
} from './placement';

/** How far a chain goes before it wraps: what a screen shows at full size. */
const MOST_ALONG = { down: 770, right: 1000 };
/** Between two columns of a wrapped chain: a wire leads up there. */
const COLUMN_GAP = { down: 56, right: 40 };
/** How many wires may lead from one column to the next. */
const MOST_CUT = 2;
/** Large plans wrap to about the shape of a screen. */
const ASPECT = { down: 1.4, right: 0.7 };

/**
 * Positions that a tidy gives: a layout of the whole plan, with what is pinned left where it is and
 * nothing on top of anything. With `only`, these nodes are laid out where they stand.
 */
export function tidied(
  shape: PlanShape,
  placed: Placed,
  suggested: Readonly<Record<string, Position>>,
  only?: readonly string[],
): Record<string, Position> {
  const chosen = only ? new Set(only) : null;
  const moves = (id: string) => (chosen?.has(id) ?? true) && !placed.nodes[id]?.pinned;
  const before = flowBoxes(shape, placed);
  const wanted = flowBoxes(shape, { direction: placed.direction, nodes: suggested });
  const movable = shape.nodes.flatMap(({ id }) => {
    const box = wanted.get(id);
    return box && moves(id) ? [{ id, box }] : [];
  });
  const shift = shiftOf(movable, before, wanted, chosen !== null);
  const settled = new Map([...before].filter(([id]) => !moves(id)));
  const result = new Map<string, Box>();
  for (const { id, box } of movable.sort((a, b) => a.box.y - b.box.y || a.box.x - b.box.x)) {
    const at = { ...box, x: box.x + shift.x, y: box.y + shift.y };
    const free = freeSpot(at, settled.values());
    settled.set(id, free);
    result.set(id, free);
  }
  return positionsOf(result, placed);
}

/** A part keeps its corner; a whole keeps its distance to what is pinned. */
function shiftOf(
  movable: readonly { id: string; box: Box }[],
  before: ReadonlyMap<string, Box>,
  wanted: ReadonlyMap<string, Box>,
  part: boolean,
): { x: number; y: number } {
  if (part) {
    const had = movable.flatMap(({ id }) => before.get(id) ?? []);
    if (had.length === 0) return { x: 0, y: 0 };
    const corner = (boxes: readonly Box[], axis: 'x' | 'y') =>
      Math.min(...boxes.map((box) => box[axis]));
    const want = movable.map(({ box }) => box);
    return {
      x: corner(had, 'x') - corner(want, 'x'),
      y: corner(had, 'y') - corner(want, 'y'),
    };
  }
  const moving = new Set(movable.map(({ id }) => id));
  const pinned = [...before].flatMap(([id, box]) => {
    const want = wanted.get(id);
    return want && !moving.has(id) ? [{ x: box.x - want.x, y: box.y - want.y }] : [];
  });
  const mean = (axis: 'x' | 'y') =>
    pinned.length === 0 ? 0 : pinned.reduce((sum, one) => sum + one[axis], 0) / pinned.length;
  return { x: mean('x'), y: mean('y') };
}

/**
 * The layout in columns side by side (rows one below the other, where records flow to the right),
 * cut where at most two wires lead on. What fits a screen stays whole.
 */
export function wrapped(
  shape: PlanShape,
  positions: Readonly<Record<string, Position>>,
  direction: Direction,
): Record<string, Position> {
  const placed: Placed = { direction, nodes: positions };
  const boxes = flowBoxes(shape, placed);
  const bands = bandsOf(boxes);
  const [first, last] = [bands[0], bands.at(-1)];
  if (!first || !last) return { ...positions };
  const length = last.end - first.start;
  const all = [...boxes.values()];
  const width =
    Math.max(...all.map((box) => box.x + box.width)) - Math.min(...all.map((box) => box.x));
  const limit = Math.max(MOST_ALONG[direction], Math.sqrt((length * width) / ASPECT[direction]));
  if (length <= limit) return { ...positions };
  const cuts = cutsOf(bands, crossings(bands, boxes, shape.wires), limit);
  let across = 0;
  const result: [string, Box][] = [];
  cuts.forEach((from, at) => {
    const members = bands.slice(from, cuts[at + 1]).flatMap(({ ids }) => ids);
    const own = members.flatMap((id) => boxes.get(id) ?? []);
    const left = Math.min(...own.map(({ x }) => x));
    const right = Math.max(...own.map((box) => box.x + box.width));
    const start = bands[from]?.start ?? 0;
    for (const id of members) {
      const box = boxes.get(id);
      if (box)
        result.push([id, { ...box, x: box.x - left + across, y: box.y - start + first.start }]);
    }
    across += right - left + COLUMN_GAP[direction];
  });
  return positionsOf(result, placed);
}

/** Nodes that stand side by side, in the order of the flow. */
interface Band {
  start: number;
  end: number;
  ids: string[];
}

function bandsOf(boxes: ReadonlyMap<string, Box>): Band[] {
  const bands: Band[] = [];
  for (const [id, box] of [...boxes].sort(([, a], [, b]) => a.y - b.y)) {
    const last = bands.at(-1);
    if (last && box.y < last.end) {
      last.end = Math.max(last.end, box.y + box.height);
      last.ids.push(id);
    } else bands.push({ start: box.y, end: box.y + box.height, ids: [id] });
  }
  return bands;
}

/** How many wires lead over the gap before each band. */
function crossings(
  bands: readonly Band[],
  boxes: ReadonlyMap<string, Box>,
  wires: readonly Wire[],
): number[] {
  const bandOf = new Map(bands.flatMap(({ ids }, at) => ids.map((id) => [id, at] as const)));
  const steps = new Array<number>(bands.length + 1).fill(0);
  for (const { from, to } of wires) {
    if (!boxes.has(from) || !boxes.has(to)) continue;
    const [a, b] = [bandOf.get(from) ?? 0, bandOf.get(to) ?? 0];
    const [low, high] = a < b ? [a, b] : [b, a];
    steps[low + 1] = (steps[low + 1] ?? 0) + 1;
    steps[high + 1] = (steps[high + 1] ?? 0) - 1;
  }
  let open = 0;
  return bands.map((_, at) => (open += steps[at] ?? 0));
}

/** The first band of each column: as few columns as the limit asks for, of about one length. */
function cutsOf(bands: readonly Band[], crossed: readonly number[], limit: number): number[] {
  let best = cutsAt(bands, crossed, limit);
  const wanted = best.length;
  let [low, high] = [0, limit];
  for (let step = 0; step < 16; step += 1) {
    const longest = (low + high) / 2;
    const cuts = cutsAt(bands, crossed, longest);
    if (cuts.length > wanted) low = longest;
    else {
      best = cuts;
      high = longest;
    }
  }
  return best;
}

/** Columns of at most this length, unless too many wires lead on wherever it could be cut. */
function cutsAt(bands: readonly Band[], crossed: readonly number[], longest: number): number[] {
  const cuts = [0];
  let from = 0;
  let last = -1;
  bands.forEach(({ end }, at) => {
    if (at > 0 && (crossed[at] ?? 0) <= MOST_CUT) last = at;
    if (end - (bands[from]?.start ?? 0) <= longest || last <= from) return;
    cuts.push(last);
    from = last;
  });
  return cuts;
}

/** Nodes in layers by their depth from the sources; what the layout engine's absence leaves. */
export function simpleLayout(
  nodes: readonly PlacedNode[],
  wires: readonly Wire[],
  direction: Direction = 'down',
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
  const degrees = degreesOf(wires);
  // Before each layer there is the room that what stands on the wires needs there.
  const space = new Map<number, number>();
  for (const wire of wires) {
    const needs = spaceFor(wire, degrees, direction);
    for (const layer of [(depth.get(wire.from) ?? 0) + 1, depth.get(wire.to) ?? 0])
      space.set(layer, Math.max(space.get(layer) ?? 0, needs));
  }
  const before = Map.groupBy(wires, ({ to }) => to);
  const boxes = new Map<string, Box>();
  const middle = (id: string): number | null => {
    const box = boxes.get(id);
    return box ? box.x + box.width / 2 : null;
  };
  const order = (wanted: number | null) => wanted ?? Number.MAX_VALUE;
  let y = 0;
  const layers = Map.groupBy(nodes, ({ id }) => depth.get(id) ?? 0);
  for (const [layer, members] of [...layers].sort(([a], [b]) => a - b)) {
    const sized = members.map(({ id, kind }) => {
      const size = turned({ x: 0, y: 0, ...sizeOf(kind) }, direction);
      const over = (before.get(id) ?? []).flatMap(({ from }) => middle(from) ?? []);
      // Behind what leads there; a source stands in its turn.
      const wanted = over.length === 0 ? null : over.reduce((sum, x) => sum + x, 0) / over.length;
      return { id, size, wanted };
    });
    sized.sort((a, b) => order(a.wanted) - order(b.wanted));
    let end = -Infinity;
    let beyond = 0;
    const row = sized.map(({ id, size, wanted }) => {
      const from = wanted === null ? -Infinity : wanted - size.width / 2;
      const x = Math.max(from, end + GAP.across);
      const at = Number.isFinite(x) ? x : 0;
      end = at + size.width;
      if (wanted !== null) beyond += at - from;
      return { id, size, at };
    });
    // Who made way made it to the right: all of the row shares it.
    const shift = beyond / row.length;
    if (layer > 0) y += space.get(layer) ?? GAP.along[direction];
    for (const { id, size, at } of row) boxes.set(id, { ...size, x: Math.round(at - shift), y });
    y += Math.max(...row.map(({ size }) => size.height));
  }
  return positionsOf(boxes, { direction, nodes: {} });
}
