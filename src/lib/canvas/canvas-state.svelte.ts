/* eslint-disable svelte/prefer-svelte-reactivity -- `drawn` tells what changed, once for all of it */
import { untrack } from 'svelte';
import type { Layout, Note, Position } from '$lib/document/content';
import type { Box } from '$lib/document/placement';
import { notesAlong } from '$lib/document/placement-tidy';
import type { Selection } from '$lib/document/selection';
import { Aim } from './aim';
import { around } from './draw-wire';
import {
  inSight,
  reconcileEdges,
  reconcileNodes,
  takenAlong,
  type ElementNode,
  type WireEdge,
} from './flow';
import type { CanvasTarget } from './gestures';
import { Glide } from './glide';
import {
  fold,
  frameAround,
  groupFrames,
  groupNode,
  groupOfNode,
  movesOfMembers,
  noteOf,
} from './groups';
import type { CanvasElement, CanvasWire } from './model';
import type { CanvasOverlay } from './overlay';
import { boxOfElement, Scene } from './scene';
import {
  contains,
  fitted,
  grown,
  levelOf,
  READ,
  regionOf,
  revealed,
  toPage,
  ZOOM,
  type FlowView,
  type Size,
  type Viewport,
} from './view';

type Point = { x: number; y: number };

/** What the canvas is given. */
export interface CanvasInput {
  readonly elements: readonly CanvasElement[];
  readonly wires: readonly CanvasWire[];
  readonly layout: Layout;
  readonly selection: Selection;
  readonly overlay: CanvasOverlay | null;
  /** What is shown first, where all of it would be too small to be read. */
  readonly begin: readonly string[];
}

/**
 * What is drawn, where, and what of it is on the screen. Made while the canvas is, since it follows
 * what the canvas is given.
 */
export class CanvasState {
  readonly scene = new Scene();
  /** What the library draws: near by, and no more than is in sight. */
  nodes = $state.raw<ElementNode[]>([]);
  edges = $state.raw<WireEdge[]>([]);
  area = $state.raw<HTMLElement>();
  size = $state.raw<Size>({ width: 0, height: 0 });
  viewport = $state.raw<Viewport>({ x: 0, y: 0, zoom: 1 });
  view = $state.raw<FlowView | null>(null);
  /** Grows whenever something is drawn in another way than before. */
  drawn = $state(0);
  /** The same, of what is seen of it from afar and on the map. */
  blocks = $state(0);
  everFitted = $state(false);
  /** Whether somebody looked elsewhere since everything was shown. */
  touched = false;

  readonly #input: CanvasInput;
  readonly #glide = new Glide();
  readonly #aim = new Aim(
    () => this.viewport,
    () => this.view,
  );
  /** Whether what comes next was done by hand, and stands there already. */
  #byHand = false;
  readonly #toShow: string[] = [];
  #fits = false;
  /** The part of the page whose nodes are drawn: more than is seen, so that small moves draw nothing new. */
  #region = $state.raw<Box>({ x: 0, y: 0, width: 0, height: 0 });

  readonly folded = $derived.by(() => {
    const { elements, wires, layout } = this.#input;
    return fold(elements, wires, layout);
  });
  readonly chosen = $derived.by(() => new Set(this.#input.selection));
  readonly level = $derived(levelOf(this.viewport.zoom));
  readonly frames = $derived.by(() => {
    void this.blocks;
    return groupFrames(this.#input.layout, (id) => this.scene.box(id));
  });

  constructor(input: CanvasInput) {
    this.#input = input;
    $effect.pre(() => this.#place());
    $effect.pre(() => this.#look());
    $effect.pre(() => this.#draw());
    $effect(() => this.#showFirst());
    $effect(() => this.#showMade());
  }

  /** Follows the size of the element that the canvas is in. */
  watch(area: HTMLElement): () => void {
    this.area = area;
    let before = area.getBoundingClientRect();
    let screen = { width: innerWidth, height: innerHeight };
    const observer = new ResizeObserver(() => {
      const now = area.getBoundingClientRect();
      const wasShown = this.size.width > 0;
      const sameScreen = screen.width === innerWidth && screen.height === innerHeight;
      const by = { x: before.x - now.x, y: before.y - now.y };
      before = now;
      screen = { width: innerWidth, height: innerHeight };
      this.size = { width: area.clientWidth, height: area.clientHeight };
      if (!this.everFitted || this.size.width === 0) return;
      const { selection } = this.#input;
      if (wasShown && sameScreen) {
        // A panel that opens or closes leaves the plan where it is on the screen, at its zoom.
        const { x, y, zoom } = this.#aim.at;
        if (by.x !== 0 || by.y !== 0) this.#aim.go({ x: x + by.x, y: y + by.y, zoom }, false);
      } else if (!this.touched && selection.length === 0) this.fit(false);
      // What would be covered comes into sight again, where that takes no other zoom.
      if (selection.length > 0 && selection.length < 20) this.#reveal(selection, false);
      else if (!this.touched) this.#reveal([...this.scene.elements.keys()], false);
    });
    observer.observe(area);
    return () => {
      observer.disconnect();
      this.#glide.finish();
    };
  }

  /** Where everything stands. */
  #place(): void {
    const { elements, wires, positions } = this.folded;
    const { direction } = this.#input.layout;
    untrack(() => {
      this.#glide.finish();
      const before = new Map(this.scene.boxes());
      const change = this.scene.show(elements, wires, positions, direction);
      const byHand = this.#byHand;
      this.#byHand = false;
      if (!change.changed) return;
      if (change.blocks) this.blocks += 1;
      const known = [...change.moved].flatMap((id) => {
        const [from, to] = [before.get(id), this.scene.box(id)];
        return from && to ? [{ id, from, to }] : [];
      });
      if (this.everFitted && !byHand) {
        this.#glide.start(
          new Map(known.map(({ id, from }) => [id, from])),
          new Map(known.map(({ id, to }) => [id, to])),
          (places) => this.moving(places),
        );
        const fresh = this.#input.selection.filter((id) => change.moved.has(id) && !before.has(id));
        this.#toShow.push(...fresh);
      }
      this.drawn += 1;
    });
  }

  /** What part of the page is looked at. */
  #look(): void {
    const seen = regionOf(this.viewport, this.size);
    untrack(() => {
      const fits = contains(this.#region, seen) && this.#region.width < seen.width * 6;
      if (!fits) this.#region = grown(seen, 0.5);
    });
  }

  /** What of it is made of elements. */
  #draw(): void {
    void this.drawn;
    const { layout, overlay } = this.#input;
    const { chosen } = this;
    const region = this.#region;
    const shown = this.everFitted && this.level !== 'far';
    untrack(() => {
      if (!shown) {
        if (this.nodes.length > 0) this.nodes = [];
        if (this.edges.length > 0) this.edges = [];
        return;
      }
      const state = {
        scene: this.scene,
        selection: chosen,
        pinned: (id: string) => layout.nodes[id]?.pinned === true,
        overlay: overlay?.nodes ?? null,
      };
      const sight = inSight(this.scene, region, this.nodes);
      this.nodes = reconcileNodes(this.nodes, sight.nodes, state);
      this.edges = reconcileEdges(this.edges, sight.wires, state);
    });
  }

  /** The first layout is shown whole; afterwards the view is the author's. */
  #showFirst(): void {
    void this.drawn;
    if (this.everFitted || !this.view || this.size.width === 0) return;
    if (this.scene.elements.size === 0) return;
    if (this.scene.elements.size < this.folded.elements.length) return;
    const begin = this.#input.begin.flatMap((id) => this.#boxesOf(id));
    const whole = this.#whole();
    if (whole && whole.zoom < READ.least && begin.length > 0) {
      this.touched = true;
      const view = fitted(around(begin), begin, this.size, this.#floats(), READ.first);
      this.#aim.go(view, false);
    } else this.fit(false);
    this.everFitted = true;
  }

  /** What was just made is in view. */
  #showMade(): void {
    void this.drawn;
    // Behind another tab there is no room to fit anything into: it waits until there is.
    if (this.size.width === 0) return;
    if (this.#fits && this.everFitted) {
      this.#fits = false;
      this.fit(true);
    }
    if (this.#toShow.length === 0 || !this.everFitted) return;
    const ids = this.#toShow.filter((id) => this.#boxesOf(id).length > 0);
    if (ids.length === 0) return;
    const left = this.#toShow.filter((id) => !ids.includes(id));
    this.#toShow.splice(0, this.#toShow.length, ...left);
    this.#reveal(ids);
  }

  /** Brings elements, wires, notes and groups into view, as soon as they have a place. */
  show(ids: readonly string[]): void {
    // What an earlier gesture made and never came, nobody waits for any more.
    this.#toShow.splice(0, this.#toShow.length, ...ids);
    this.drawn += 1;
  }

  /** Shows everything, as soon as what was just done is drawn. */
  fitSoon(): void {
    this.#fits = true;
    this.drawn += 1;
  }

  fit(glides: boolean): void {
    this.touched = false;
    const whole = this.#whole();
    if (whole) this.#aim.go(whole, glides);
  }

  /** The view that shows everything; null where there is nothing. */
  #whole(): Viewport | null {
    const boxes = [
      ...this.frames.map(({ box }) => box),
      ...Object.values(this.#input.layout.notes),
    ];
    const nodes = [...this.scene.elements.keys()].flatMap((id) => this.#restingBox(id) ?? []);
    if (nodes.length === 0) return null;
    return fitted(around([...nodes, ...boxes]), nodes, this.size, this.#floats());
  }

  zoomBy(factor: number): void {
    this.zoomTo(this.#aim.at.zoom * factor);
  }

  zoomTo(zoom: number): void {
    const { width, height } = this.size;
    const middle = toPage(this.#aim.at, { x: width / 2, y: height / 2 });
    this.centre(middle, Math.min(ZOOM.most, Math.max(ZOOM.least, zoom)), true);
  }

  /** A hand moved the view. */
  look(view: Viewport): void {
    this.touched = true;
    this.#aim.go(view, false);
  }

  /** A hand has the view now. */
  taken(): void {
    this.touched = true;
    this.#aim.drop();
  }

  /** Puts a point of the page into the middle of the screen. */
  centre({ x, y }: Point, zoom = this.#aim.at.zoom, glides = false): void {
    this.touched = true;
    const { width, height } = this.size;
    this.#aim.go({ x: width / 2 - x * zoom, y: height / 2 - y * zoom, zoom }, glides);
  }

  /** A point of the window as one of the page. */
  pageAt(point: Point): Point {
    const corner = this.area?.getBoundingClientRect();
    return toPage(this.viewport, {
      x: point.x - (corner?.x ?? 0),
      y: point.y - (corner?.y ?? 0),
    });
  }

  targetAt(point: Point): CanvasTarget {
    const at = this.pageAt(point);
    const node = this.scene.nodeAt(at);
    const wire = node === null ? this.scene.wireAt(at, 8 / this.viewport.zoom) : null;
    return { at, node, wire: wire?.id ?? null };
  }

  /** The wire that a stage was let go on; not one of its own, nor one that stands for several. */
  wireUnder(id: string, point: Point): CanvasWire | null {
    // From afar nobody aims at a wire.
    if (this.level === 'far' || this.scene.elements.get(id)?.kind !== 'stage') return null;
    return this.scene.wireAt(
      this.pageAt(point),
      6 / this.viewport.zoom,
      ({ from, to }) =>
        from === id || to === id || groupOfNode(from) !== null || groupOfNode(to) !== null,
    );
  }

  /** Nodes are moved for the time being. */
  moving(places: ReadonlyMap<string, Point>): void {
    this.scene.move(places);
    this.blocks += 1;
    this.drawn += 1;
  }

  /** Where a node stands when no hand holds it. */
  placeOf(id: string): Point | undefined {
    return this.folded.positions[id];
  }

  /** Near by the library drags; what is selected out of sight goes along. */
  dragged(taken: readonly Pick<ElementNode, 'id' | 'position'>[]): Map<string, Point> {
    return takenAlong(taken, this.#input.selection, (id) => this.placeOf(id));
  }

  /** What moves come to in the document; a place by hand is kept when the rest is tidied up. */
  placedByHand(places: Iterable<readonly [string, Point]>): {
    positions: Record<string, Position>;
    notes: Record<string, Note>;
  } {
    this.#byHand = true;
    const moves: Record<string, Position> = {};
    for (const [id, { x, y }] of places)
      moves[id] = { x: Math.round(x), y: Math.round(y), pinned: true };
    const { layout } = this.#input;
    const positions = movesOfMembers(moves, layout);
    return { positions, notes: notesAlong(positions, layout) };
  }

  /** A folded group is selected as its members; they are what can be acted on. */
  membersOf(id: string): readonly string[] {
    return this.scene.elements.get(id)?.members ?? [id];
  }

  /** The nodes that show an element: itself, or the group that it is folded in; of a wire its ends. */
  #nodesOf(id: string): string[] {
    if (this.scene.box(id)) return [id];
    const wire = this.scene.wires.get(id);
    if (wire) return [wire.from, wire.to];
    const { groups } = this.#input.layout;
    return Object.keys(groups).flatMap((group) => {
      const folded = groupNode(group);
      return groups[group]?.members.includes(id) && this.scene.box(folded) ? [folded] : [];
    });
  }

  /** Where what an id names is: a node or what shows it, both ends of a wire, a note, a group. */
  #boxesOf(id: string): Box[] {
    const note = this.#input.layout.notes[noteOf(id) ?? ''];
    if (note) return [note];
    const frame = this.frames.find((one) => groupNode(one.id) === id);
    // Members glide, and the frame is around where they are going.
    const nodes = frame ? frame.group.members : this.#nodesOf(id);
    const boxes = nodes.flatMap((node) => this.#restingBox(node) ?? []);
    return frame ? [frameAround(boxes)] : boxes;
  }

  /** Shrinks only where what is to be seen doesn't fit, and `shrinks` is not false. */
  #reveal(ids: readonly string[], shrinks = true): void {
    const boxes = ids.flatMap((id) => this.#boxesOf(id));
    if (boxes.length === 0) return;
    const { at } = this.#aim;
    const next = revealed(around(boxes), boxes, at, this.size, this.#floats());
    if (next && (shrinks || next.zoom === at.zoom)) this.#aim.go(next);
  }

  /** Where a node is, or is on its way to. */
  #restingBox(id: string): Box | undefined {
    const element = this.scene.elements.get(id);
    const at = this.placeOf(id);
    return element && at && boxOfElement(element, at);
  }

  /** What floats on the canvas, from its corner. */
  #floats(): Box[] {
    const corner = this.area?.getBoundingClientRect();
    if (!corner) return [];
    const floats = this.area?.parentElement?.querySelectorAll('[data-float]') ?? [];
    return [...floats].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return { x: x - corner.x, y: y - corner.y, width, height };
    });
  }
}
