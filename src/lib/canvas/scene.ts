import type { Direction, Position } from '$lib/document/content';
import { overlaps, sizeOf, turned, type Box } from '$lib/document/placement';
import {
  around,
  chipBox,
  drawWire,
  shifted,
  spanning,
  type Chip,
  type WireDrawing,
} from './draw-wire';
import { Grid } from './grid';
import { sameBlock, type CanvasElement, type CanvasWire } from './model';
import { Router, type Point } from './route';

/** What a turn of {@link Scene.show} changed. */
export interface SceneChange {
  /** Nodes that stand elsewhere than before. */
  moved: ReadonlySet<string>;
  /** Whether anything at all is drawn in another way. */
  changed: boolean;
  /** Whether that shows where nodes are blocks: a key that is typed shows near by only. */
  blocks: boolean;
}

/** The kind whose size an element has. */
export function boxOfElement({ kind }: CanvasElement, at: { x: number; y: number }): Box {
  return { x: at.x, y: at.y, ...sizeOf(kind === 'group' ? 'stage' : kind) };
}

/**
 * Where everything stands and how wires run, kept from one picture to the next: what didn't change is
 * the same object afterwards, and only wires of moved nodes are worked out again, when they are asked
 * for. It knows nothing of what it is drawn with.
 */
export class Scene {
  direction: Direction = 'down';
  elements: ReadonlyMap<string, CanvasElement> = new Map();
  wires: ReadonlyMap<string, CanvasWire> = new Map();
  /** Boxes of nodes, on the page. */
  readonly #boxes = new Map<string, Box>();
  /** The same, seen along the flow. */
  readonly #nodes = new Grid();
  readonly #wireBoxes = new Grid();
  readonly #router = new Router(this.#nodes);
  readonly #drawings = new Map<string, WireDrawing>();
  #wiresOf = new Map<string, string[]>();
  #list: readonly CanvasWire[] = [];

  /** Shows these elements and wires at these places. */
  show(
    elements: readonly CanvasElement[],
    wires: readonly CanvasWire[],
    positions: Readonly<Record<string, Position>>,
    direction: Direction,
  ): SceneChange {
    const turnedOver = direction !== this.direction;
    if (turnedOver) this.#forgetAll();
    this.direction = direction;
    let changed = turnedOver;
    let blocks = turnedOver;
    const before = this.elements;
    const next = new Map<string, CanvasElement>();
    const moved = new Set<string>();
    const stale = new Set<string>();
    for (const element of elements) {
      const at = positions[element.id];
      if (!at || next.has(element.id)) continue;
      next.set(element.id, element);
      const old = before.get(element.id);
      if (old !== element) {
        changed = true;
        blocks ||= !old || !sameBlock(old, element);
        if (old?.inserted !== element.inserted || old.kind !== element.kind) stale.add(element.id);
      }
      const box = this.#boxes.get(element.id);
      if (box?.x === at.x && box.y === at.y && old?.kind === element.kind && !turnedOver) continue;
      moved.add(element.id);
      this.#place(element.id, boxOfElement(element, at));
    }
    for (const id of before.keys()) {
      if (next.has(id)) continue;
      changed = blocks = true;
      stale.add(id);
      this.#boxes.delete(id);
      this.#nodes.delete(id);
    }
    this.elements = next;
    if ((wires !== this.#list || before.size !== next.size) && this.#showWires(wires))
      changed = blocks = true;
    for (const id of stale) for (const wire of this.#wiresOf.get(id) ?? []) this.#forget(wire);
    this.#follow(moved);
    for (const id of moved) {
      const box = this.#nodes.box(id);
      // A wire that a node was put on leads round it.
      if (box && moved.size < 64)
        for (const wire of this.#wireBoxes.within(box)) this.#cross(wire, box);
    }
    const some = moved.size > 0;
    return { moved, changed: changed || some, blocks: blocks || some };
  }

  /** Moves nodes for the time being, as a hand or a glide does. Other wires keep their ways. */
  move(places: Iterable<readonly [string, { x: number; y: number }]>): void {
    const moved = new Set<string>();
    for (const [id, { x, y }] of places) {
      const box = this.#boxes.get(id);
      if (!box || (box.x === x && box.y === y)) continue;
      moved.add(id);
      this.#place(id, { ...box, x, y });
    }
    this.#follow(moved);
  }

  box(id: string): Box | undefined {
    return this.#boxes.get(id);
  }

  boxes(): ReadonlyMap<string, Box> {
    return this.#boxes;
  }

  wiresOf(id: string): readonly string[] {
    return this.#wiresOf.get(id) ?? [];
  }

  /** How the wire runs; worked out when it is first asked for after a change. */
  drawing(id: string): WireDrawing | null {
    const known = this.#drawings.get(id);
    if (known) return known;
    const wire = this.wires.get(id);
    const drawing = wire && this.#draw(wire);
    if (!drawing) return null;
    this.#drawings.set(id, drawing);
    this.#wireBoxes.set(id, turned(drawing.box, this.direction));
    return drawing;
  }

  /** Whether the wire's way is known without working it out. */
  isDrawn(id: string): boolean {
    return this.#drawings.has(id);
  }

  /** The router behind an element and the merge before it. */
  chips(id: string): Chip[] {
    const inserted = this.elements.get(id)?.inserted ?? [];
    return inserted.flatMap((one) => {
      const box = one.where === 'on' ? null : this.#chipOf(id, one.where, one.ghost);
      return box ? [{ inserted: one, box: turned(box, this.direction) }] : [];
    });
  }

  /** Nodes in a part of the page. */
  nodesIn(region: Box): Set<string> {
    return this.#nodes.within(turned(region, this.direction));
  }

  /** Wires in a part of the page. */
  wiresIn(region: Box): Set<string> {
    return this.#wireBoxes.within(turned(region, this.direction));
  }

  /** The node at a point; the one that is drawn last where several are. */
  nodeAt(point: Point): string | null {
    const found = this.nodesIn({ x: point.x, y: point.y, width: 0.01, height: 0.01 });
    return [...found].at(-1) ?? null;
  }

  /** The wire within `reach` of a point that isn't one of `except`. */
  wireAt(point: Point, reach: number, except?: (wire: CanvasWire) => boolean): CanvasWire | null {
    const region = { x: point.x - reach, y: point.y - reach, width: 2 * reach, height: 2 * reach };
    for (const id of this.wiresIn(region)) {
      const wire = this.wires.get(id);
      if (!wire || except?.(wire)) continue;
      const near = this.drawing(id)?.pieces.some(({ points }) =>
        points.some((b, at) => {
          const a = points[at - 1];
          return a !== undefined && overlaps(spanning(a, b), region);
        }),
      );
      if (near) return wire;
    }
    return null;
  }

  /** What all nodes cover; null when there are none. */
  bounds(ids: Iterable<string> = this.#boxes.keys()): Box | null {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const id of ids) {
      const box = this.#boxes.get(id);
      if (!box) continue;
      left = Math.min(left, box.x);
      top = Math.min(top, box.y);
      right = Math.max(right, box.x + box.width);
      bottom = Math.max(bottom, box.y + box.height);
    }
    return left === Infinity
      ? null
      : { x: left, y: top, width: right - left, height: bottom - top };
  }

  #place(id: string, box: Box): void {
    this.#boxes.set(id, box);
    this.#nodes.set(id, turned(box, this.direction));
  }

  #showWires(wires: readonly CanvasWire[]): boolean {
    const before = this.wires;
    const next = new Map<string, CanvasWire>();
    const wiresOf = new Map<string, string[]>();
    let changed = false;
    for (const wire of wires) {
      if (next.has(wire.id) || !this.elements.has(wire.from) || !this.elements.has(wire.to))
        continue;
      next.set(wire.id, wire);
      for (const end of [wire.from, wire.to]) {
        const list = wiresOf.get(end);
        if (list) list.push(wire.id);
        else wiresOf.set(end, [wire.id]);
      }
      const old = before.get(wire.id);
      if (old === wire) continue;
      changed = true;
      this.#forget(wire.id, wire);
    }
    for (const id of before.keys()) {
      if (next.has(id)) continue;
      changed = true;
      this.#drop(id);
    }
    this.#list = wires;
    this.wires = next;
    this.#wiresOf = wiresOf;
    return changed;
  }

  /** Wires of what moved: those whose ends moved alike go along, the others find a new way. */
  #follow(moved: ReadonlySet<string>): void {
    const seen = new Set<string>();
    for (const id of moved)
      for (const wireId of this.#wiresOf.get(id) ?? []) {
        if (seen.has(wireId)) continue;
        seen.add(wireId);
        const wire = this.wires.get(wireId);
        if (!wire) continue;
        const other = wire.from === id ? wire.to : wire.from;
        if (moved.has(other) && this.#goAlong(wire)) continue;
        this.#forget(wireId, wire);
        // What is inserted at the other end may stand elsewhere now, and all its wires with it.
        if (this.elements.get(other)?.inserted.length)
          for (const beside of this.#wiresOf.get(other) ?? []) this.#forget(beside);
      }
  }

  #goAlong(wire: CanvasWire): boolean {
    const drawing = this.#drawings.get(wire.id);
    const from = this.#boxes.get(wire.from);
    const to = this.#boxes.get(wire.to);
    if (!drawing || !from || !to) return false;
    const [start, end] = [this.#out(from), this.#into(to)];
    const dx = start.x - drawing.start.x;
    const dy = start.y - drawing.start.y;
    if (Math.abs(end.x - drawing.end.x - dx) > 0.01 || Math.abs(end.y - drawing.end.y - dy) > 0.01)
      return false;
    const next = shifted(drawing, dx, dy);
    this.#drawings.set(wire.id, next);
    this.#wireBoxes.set(wire.id, turned(next.box, this.direction));
    return true;
  }

  #cross(id: string, box: Box): void {
    const wire = this.wires.get(id);
    if (!wire || this.#nodes.box(wire.from) === box || this.#nodes.box(wire.to) === box) return;
    this.#forget(id, wire);
  }

  #forget(id: string, wire = this.wires.get(id)): void {
    this.#drawings.delete(id);
    this.#router.forget(id);
    const from = wire && this.#boxes.get(wire.from);
    const to = wire && this.#boxes.get(wire.to);
    // Until it is drawn, it is somewhere between its ends.
    if (from && to) this.#wireBoxes.set(id, turned(around([from, to]), this.direction));
  }

  #drop(id: string): void {
    this.#drawings.delete(id);
    this.#router.forget(id);
    this.#wireBoxes.delete(id);
  }

  #forgetAll(): void {
    this.#drawings.clear();
    this.#router.clear();
    this.#wireBoxes.clear();
    this.#nodes.clear();
    this.#list = [];
    this.wires = new Map();
  }

  /** Where wires leave a node and where they reach it, on the page. */
  #out(box: Box): Point {
    return this.direction === 'down'
      ? { x: box.x + box.width / 2, y: box.y + box.height }
      : { x: box.x + box.width, y: box.y + box.height / 2 };
  }

  #into(box: Box): Point {
    return this.direction === 'down'
      ? { x: box.x + box.width / 2, y: box.y }
      : { x: box.x, y: box.y + box.height / 2 };
  }

  /** The box of a router or merge, along the flow. */
  #chipOf(id: string, where: 'before' | 'behind', ghost = false): Box | null {
    const inserted = this.elements
      .get(id)
      ?.inserted.find((one) => one.where === where && (one.ghost ?? false) === ghost);
    const box = this.#nodes.box(id);
    if (!inserted || !box) return null;
    const own = chipBox(inserted, box, this.direction, this.#freeBeside(id, box, where));
    // What took the place of a ghost has it; the ghost stands beside.
    const taker = ghost ? this.#chipOf(id, where) : null;
    return taker ? { ...own, x: taker.x + taker.width + 4 } : own;
  }

  /** How far it is from a node to the nearest that it is connected to on that side. */
  #freeBeside(id: string, box: Box, where: 'before' | 'behind'): number {
    let free = Infinity;
    for (const wireId of this.#wiresOf.get(id) ?? []) {
      const wire = this.wires.get(wireId);
      if (!wire || (where === 'before' ? wire.to : wire.from) !== id) continue;
      const other = this.#nodes.box(where === 'before' ? wire.from : wire.to);
      if (!other) continue;
      const gap =
        where === 'before' ? box.y - other.y - other.height : other.y - box.y - box.height;
      if (gap > 0) free = Math.min(free, gap);
    }
    return free;
  }

  #draw(wire: CanvasWire): WireDrawing | null {
    const from = this.#nodes.box(wire.from);
    const to = this.#nodes.box(wire.to);
    if (!from || !to) return null;
    const router = this.#chipOf(wire.from, 'behind');
    const merge = this.#chipOf(wire.to, 'before');
    return drawWire(wire, { from, to, router, merge }, this.direction, (trip) =>
      this.#router.route(wire.id, trip),
    );
  }
}
