import type { Edge, Node } from '@xyflow/svelte';
import { Position as Side } from '@xyflow/svelte';
import type { Direction } from '$lib/document/content';
import type { Box } from '$lib/document/placement';
import { describe, describeWire, type CanvasElement, type CanvasWire } from './model';
import type { NodeOverlay } from './overlay';
import type { WireDrawing } from './draw-wire';
import type { Scene } from './scene';

export type ElementNode = Node<
  { element: CanvasElement; direction: Direction; pinned: boolean; overlay: NodeOverlay | null },
  'stage' | 'boundary'
>;
export type WireEdge = Edge<{ wire: CanvasWire; drawing: WireDrawing; lit: boolean }, 'wire'>;

const HANDLE = 12;

/** What the nodes of the library are made from. */
export interface FlowState {
  scene: Scene;
  selection: ReadonlySet<string>;
  pinned: (id: string) => boolean;
  overlay: ReadonlyMap<string, NodeOverlay> | null;
}

/** A node with size and handles given beforehand, so that nothing has to be measured. */
function nodeOf(
  element: CanvasElement,
  box: Box,
  data: ElementNode['data'],
  selected: boolean,
): ElementNode {
  const { width, height } = box;
  const down = data.direction === 'down';
  const handle = (x: number, y: number) => ({
    x: x - HANDLE / 2,
    y: y - HANDLE / 2,
    width: HANDLE,
    height: HANDLE,
  });
  const into = down ? handle(width / 2, 0) : handle(0, height / 2);
  const out = down ? handle(width / 2, height) : handle(width, height / 2);
  const handles = [
    { ...into, id: 'in', type: 'target' as const, position: down ? Side.Top : Side.Left },
    { ...out, id: 'out', type: 'source' as const, position: down ? Side.Bottom : Side.Right },
  ];
  return {
    id: element.id,
    type: element.kind === 'stage' || element.kind === 'group' ? 'stage' : 'boundary',
    position: { x: box.x, y: box.y },
    width,
    height,
    measured: { width, height },
    handles: handles.filter(
      ({ type }) =>
        (element.kind !== 'ingress' || type === 'source') &&
        (element.kind !== 'egress' || type === 'target'),
    ),
    connectable: element.kind !== 'group',
    selected,
    data,
    ariaLabel: describe(element),
  };
}

/**
 * The nodes to draw, keeping every object that need not change. A node in the author's hand keeps
 * the place it has there.
 */
export function reconcileNodes(
  current: readonly ElementNode[],
  ids: Iterable<string>,
  { scene, selection, pinned, overlay }: FlowState,
): ElementNode[] {
  const known = new Map(current.map((node) => [node.id, node]));
  const next: ElementNode[] = [];
  for (const id of ids) {
    const element = scene.elements.get(id);
    const box = scene.box(id);
    if (!element || !box) continue;
    const selected = selection.has(id);
    const old = known.get(id);
    const data = {
      element,
      direction: scene.direction,
      pinned: pinned(id),
      overlay: overlay?.get(id) ?? null,
    };
    if (
      old?.data.element !== element ||
      old.data.direction !== data.direction ||
      old.data.pinned !== data.pinned ||
      old.data.overlay !== data.overlay
    ) {
      const node = nodeOf(element, box, data, selected);
      if (old?.dragging) {
        node.dragging = true;
        node.position = old.position;
      }
      next.push(node);
      continue;
    }
    const moved = !old.dragging && (old.position.x !== box.x || old.position.y !== box.y);
    if (moved || Boolean(old.selected) !== selected)
      next.push({ ...old, selected, position: moved ? { x: box.x, y: box.y } : old.position });
    else next.push(old);
  }
  return sameList(current, next) ? (current as ElementNode[]) : next;
}

/** The wires to draw between drawn nodes, keeping every object that need not change. */
export function reconcileEdges(
  current: readonly WireEdge[],
  ids: Iterable<string>,
  { scene, selection }: FlowState,
): WireEdge[] {
  const known = new Map(current.map((edge) => [edge.id, edge]));
  const next: WireEdge[] = [];
  for (const id of ids) {
    const wire = scene.wires.get(id);
    const drawing = wire && scene.drawing(id);
    if (!wire || !drawing) continue;
    const selected = selection.has(id);
    const lit = selected || selection.has(wire.from) || selection.has(wire.to);
    const old = known.get(id);
    const data = old?.data;
    if (old && data?.wire === wire && data.drawing === drawing && data.lit === lit) {
      const same = Boolean(old.selected) === selected;
      next.push(same ? old : { ...old, selected, zIndex: layerOf(selected, lit) });
      continue;
    }
    next.push({
      id,
      type: 'wire',
      source: wire.from,
      target: wire.to,
      sourceHandle: 'out',
      targetHandle: 'in',
      selected,
      zIndex: layerOf(selected, lit),
      ariaLabel: describeWire(wire),
      data: { wire, drawing, lit },
    });
  }
  return sameList(current, next) ? (current as WireEdge[]) : next;
}

/**
 * What is lit lies above what isn't: several wires share a stretch. Nodes lie above that (canvas.css),
 * so that a wire is drawn from their edge, and a selected wire above them: its ends are taken there.
 */
const layerOf = (selected: boolean, lit: boolean) => (selected ? 3 : lit ? 1 : 0);

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}

/** Fewer nodes than this are all drawn, in view or not. */
const DRAWN_ALL = 150;

/** The nodes and wires to draw: those in a part of the page, whole wires, and what is dragged. */
export function inSight(
  scene: Scene,
  region: Box,
  current: readonly ElementNode[],
): { nodes: string[]; wires: Iterable<string> } {
  if (scene.elements.size <= DRAWN_ALL)
    return { nodes: [...scene.elements.keys()], wires: scene.wires.keys() };
  const wires = scene.wiresIn(region);
  const ids = scene.nodesIn(region);
  for (const node of current) if (node.dragging) ids.add(node.id);
  for (const id of wires) {
    const wire = scene.wires.get(id);
    if (wire) ids.add(wire.from).add(wire.to);
  }
  // In the order of the flow, which is the order that the keyboard goes through them.
  return { nodes: [...scene.elements.keys()].filter((id) => ids.has(id)), wires };
}

/** Where nodes are that a hand drags, with what is selected beside them. */
export function takenAlong(
  taken: readonly Pick<ElementNode, 'id' | 'position'>[],
  selection: readonly string[],
  placeOf: (id: string) => { x: number; y: number } | undefined,
): Map<string, { x: number; y: number }> {
  const places = new Map(taken.map(({ id, position }) => [id, position]));
  const [first] = taken;
  const from = first && placeOf(first.id);
  if (!first || !from || !selection.includes(first.id)) return places;
  for (const id of selection) {
    const at = places.has(id) ? undefined : placeOf(id);
    if (at)
      places.set(id, { x: at.x + first.position.x - from.x, y: at.y + first.position.y - from.y });
  }
  return places;
}
