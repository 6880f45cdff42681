/* eslint-disable svelte/prefer-svelte-reactivity -- `drawn` tells what changed, once for all of it */
import { untrack } from 'svelte';
import type { Layout, Note, Position } from '$lib/document/content';
import type { Box } from '$lib/document/placement';
import { notesAlong } from '$lib/document/placement-notes';
import type { Selection } from '$lib/document/selection';
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
import { Look } from './look.svelte';
import { contains, grown, touches } from './view';

type Point = { x: number; y: number };

/** A view that hasn't moved for so long rests (ms). */
const REST_MS = 100;

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
  /** Grows whenever something is drawn in another way than before. */
  drawn = $state(0);
  /** The same, of what is seen of it from afar and on the map. */
  blocks = $state(0);
  /** What part of it is looked at. */
  readonly look: Look;

  readonly #input: CanvasInput;
  readonly #glide = new Glide();
  /** Whether what comes next was done by hand, and stands there already. */
  #byHand = false;
  /** The part of the page whose nodes are drawn: more than is seen, so that small moves draw nothing new. */
  #region = $state.raw<Box>({ x: 0, y: 0, width: 0, height: 0 });

  readonly folded = $derived.by(() => {
    const { elements, wires, layout } = this.#input;
    return fold(elements, wires, layout);
  });
  readonly chosen = $derived.by(() => new Set(this.#input.selection));
  readonly level = $derived.by(() => this.look.level);
  readonly frames = $derived.by(() => {
    void this.blocks;
    return groupFrames(this.#input.layout, (id) => this.scene.box(id));
  });

  constructor(input: CanvasInput) {
    this.#input = input;
    this.look = new Look({
      selection: () => this.#input.selection,
      begin: () => this.#input.begin,
      drawn: () => this.drawn,
      complete: () =>
        this.scene.elements.size > 0 && this.scene.elements.size >= this.folded.elements.length,
      nodes: () => [...this.scene.elements.keys()].flatMap((id) => this.#restingBox(id) ?? []),
      beside: () => [
        ...this.frames.map(({ box }) => box),
        ...Object.values(this.#input.layout.notes),
      ],
      boxesOf: (id) => this.#boxesOf(id),
    });
    $effect.pre(() => this.#place());
    $effect.pre(() => this.#see());
    $effect.pre(() => this.#draw());
  }

  /** Follows the size of the element that the canvas is in. */
  watch(area: HTMLElement): () => void {
    const stop = this.look.watch(area);
    return () => {
      stop();
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
      if (this.look.everFitted && !byHand) {
        this.#glide.start(
          new Map(known.map(({ id, from }) => [id, from])),
          new Map(known.map(({ id, to }) => [id, to])),
          (places) => this.moving(places),
        );
        const fresh = this.#input.selection.filter((id) => change.moved.has(id) && !before.has(id));
        this.look.showAlso(fresh);
      }
      this.drawn += 1;
    });
  }

  /**
   * What part of the page is looked at, with as much around it that small moves draw nothing new. A jump
   * draws first what is in sight, and zooming in leaves more than that: once the view rests it is as ever.
   */
  #see(): (() => void) | undefined {
    const seen = this.look.region;
    return untrack(() => {
      const around = grown(seen, 0.5);
      const fits = contains(this.#region, seen) && this.#region.width < seen.width * 6;
      if (!fits) this.#region = touches(this.#region, seen) ? around : seen;
      const part = this.#region.width / around.width;
      if (part > 0.75 && part < 1.5) return undefined;
      const rest = setTimeout(() => (this.#region = around), REST_MS);
      return () => clearTimeout(rest);
    });
  }

  /** What of it is made of elements. */
  #draw(): void {
    void this.drawn;
    const { layout, overlay } = this.#input;
    const { chosen } = this;
    const region = this.#region;
    const shown = this.look.everFitted && this.level !== 'far';
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

  targetAt(point: Point): CanvasTarget {
    const at = this.look.pageAt(point);
    const node = this.scene.nodeAt(at);
    const wire = node === null ? this.scene.wireAt(at, 8 / this.look.viewport.zoom) : null;
    return { at, node, wire: wire?.id ?? null };
  }

  /** The wire that a stage was let go on; not one of its own, nor one that stands for several. */
  wireUnder(id: string, point: Point): CanvasWire | null {
    // From afar nobody aims at a wire.
    if (this.level === 'far' || this.scene.elements.get(id)?.kind !== 'stage') return null;
    return this.scene.wireAt(
      this.look.pageAt(point),
      6 / this.look.viewport.zoom,
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

  /** Where a node is, or is on its way to. */
  #restingBox(id: string): Box | undefined {
    const element = this.scene.elements.get(id);
    const at = this.placeOf(id);
    return element && at && boxOfElement(element, at);
  }
}
