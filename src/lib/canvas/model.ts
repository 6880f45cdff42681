import type { Edge, Node } from '@xyflow/svelte';
import { Position as Side } from '@xyflow/svelte';
import type { Position } from '$lib/document/content';
import { sizeOf } from '$lib/document/placement';

/** A role that lowering inserts, drawn at the element or wire that needs it. */
export interface CanvasInserted {
  role: string;
  kind: 'bridge' | 'router' | 'merge';
  where: 'before' | 'behind' | 'on';
  why: string;
}

/** What the canvas draws for a stage or boundary. */
export interface CanvasElement {
  id: string;
  kind: 'stage' | 'ingress' | 'egress';
  key: string | null;
  /** What the stage does to records: reads, filters, rewrites, …; null when unknown. */
  class: string | null;
  errors: number;
  warnings: number;
  hints: number;
  inserted: readonly CanvasInserted[];
}

/** What the canvas draws for a connection. */
export interface CanvasWire {
  id: string;
  from: string;
  to: string;
  /** The lane intent as written; null for the default. */
  intent: string | null;
  severity: 'error' | 'warning' | 'hint' | null;
  inserted: readonly CanvasInserted[];
  errors: number;
  warnings: number;
  hints: number;
}

export type ElementNode = Node<{ element: CanvasElement }, 'stage' | 'boundary'>;
export type WireEdge = Edge<{ wire: CanvasWire; oninsert: (() => void) | null }, 'wire'>;

const HANDLE = 12;

/** A node with size and handles given beforehand, so that nothing has to be measured. */
function nodeOf(element: CanvasElement, position: Position, selected: boolean): ElementNode {
  const { width, height } = sizeOf(element.kind);
  const handle = { y: height / 2 - HANDLE / 2, width: HANDLE, height: HANDLE };
  const into = {
    ...handle,
    id: 'in',
    type: 'target' as const,
    position: Side.Left,
    x: -HANDLE / 2,
  };
  const out = {
    ...handle,
    id: 'out',
    type: 'source' as const,
    position: Side.Right,
    x: width - HANDLE / 2,
  };
  return {
    id: element.id,
    type: element.kind === 'stage' ? 'stage' : 'boundary',
    position,
    width,
    height,
    measured: { width, height },
    handles: element.kind === 'ingress' ? [out] : element.kind === 'egress' ? [into] : [into, out],
    selected,
    data: { element },
    ariaLabel: describe(element),
  };
}

/** What a screen reader says of a node. */
export function describe(element: CanvasElement): string {
  const problems = [
    element.errors > 0 ? `${element.errors} ${element.errors === 1 ? 'error' : 'errors'}` : '',
    element.warnings > 0
      ? `${element.warnings} ${element.warnings === 1 ? 'warning' : 'warnings'}`
      : '',
    element.hints > 0 ? `${element.hints} ${element.hints === 1 ? 'hint' : 'hints'}` : '',
  ].filter(Boolean);
  const inserted = element.inserted.map(({ kind, where }) => `${kind} ${where} it`);
  return [`${element.kind} ${element.id}`, element.key ?? '', ...problems, ...inserted]
    .filter(Boolean)
    .join(', ');
}

/** Whether two states of an element look the same. */
export function sameElement(a: CanvasElement, b: CanvasElement): boolean {
  return (
    a.key === b.key &&
    a.kind === b.kind &&
    a.class === b.class &&
    a.errors === b.errors &&
    a.warnings === b.warnings &&
    a.hints === b.hints &&
    sameInserted(a.inserted, b.inserted)
  );
}

/** Whether two states of a wire look the same. */
export function sameWire(a: CanvasWire, b: CanvasWire): boolean {
  return (
    a.from === b.from &&
    a.to === b.to &&
    a.intent === b.intent &&
    a.severity === b.severity &&
    a.errors === b.errors &&
    a.warnings === b.warnings &&
    a.hints === b.hints &&
    sameInserted(a.inserted, b.inserted)
  );
}

function sameInserted(a: readonly CanvasInserted[], b: readonly CanvasInserted[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every((one, at) => one.role === b[at]?.role && one.why === b[at]?.why))
  );
}

/**
 * The nodes to draw, keeping every object that need not change: replacing them all costs hundreds
 * of milliseconds on a large plan. A node in the author's hand keeps the place it has there.
 */
export function reconcileNodes(
  current: readonly ElementNode[],
  elements: readonly CanvasElement[],
  positions: Readonly<Record<string, Position>>,
  selection: ReadonlySet<string>,
): ElementNode[] {
  const known = new Map(current.map((node) => [node.id, node]));
  const next: ElementNode[] = [];
  let changed = false;
  for (const element of elements) {
    const position = positions[element.id];
    if (!position) continue;
    const selected = selection.has(element.id);
    const old = known.get(element.id);
    if (!old || (old.data.element !== element && !sameElement(old.data.element, element))) {
      const at = old?.dragging ? old.position : position;
      const node = nodeOf(element, at, selected);
      if (old?.dragging) node.dragging = true;
      next.push(node);
      changed = true;
      continue;
    }
    const moved = !old.dragging && (old.position.x !== position.x || old.position.y !== position.y);
    if (moved || Boolean(old.selected) !== selected) {
      next.push({ ...old, selected, position: moved ? position : old.position });
      changed = true;
    } else next.push(old);
  }
  if (!changed && next.length === current.length && next.every((node, i) => node === current[i]))
    return current as ElementNode[];
  return next;
}

/** The wires to draw between drawn nodes, keeping every object that need not change. */
export function reconcileEdges(
  current: readonly WireEdge[],
  wires: readonly CanvasWire[],
  drawn: ReadonlySet<string>,
  selection: ReadonlySet<string>,
  insert: ((wire: CanvasWire) => void) | null,
): WireEdge[] {
  const known = new Map(current.map((edge) => [edge.id, edge]));
  const seen = new Set<string>();
  const next = wires.flatMap((wire): WireEdge[] => {
    if (!drawn.has(wire.from) || !drawn.has(wire.to) || seen.has(wire.id)) return [];
    seen.add(wire.id);
    const selected = selection.has(wire.id);
    const old = known.get(wire.id);
    if (
      old?.data &&
      (old.data.wire === wire || sameWire(old.data.wire, wire)) &&
      (old.data.oninsert === null) === (insert === null)
    ) {
      return [Boolean(old.selected) === selected ? old : { ...old, selected }];
    }
    return [
      {
        id: wire.id,
        type: 'wire',
        source: wire.from,
        target: wire.to,
        sourceHandle: 'out',
        targetHandle: 'in',
        selected,
        ariaLabel: [
          `connection ${wire.from} to ${wire.to}`,
          ...(wire.intent ? [wire.intent] : []),
          ...wire.inserted.map(({ kind }) => `${kind} inserted`),
        ].join(', '),
        data: { wire, oninsert: insert ? () => insert(wire) : null },
      },
    ];
  });
  return next.length === current.length && next.every((edge, index) => edge === current[index])
    ? (current as WireEdge[])
    : next;
}
