import type { Diagnostic, PlanGraph } from '$lib/compiler';
import { downstream, type PlacedNode, type Wire } from '$lib/document/placement';
import { connectionEnds, connectionId } from '$lib/document/selection';

/** The plan before the first answer of the compiler. */
export const emptyGraph: PlanGraph = {
  name: null,
  description: null,
  boundaries: [],
  stages: [],
  connections: [],
  settings: { single_ring: [], lane_graph: [] },
};

/** Boundaries and stages as one list: sources first, then the stages along the flow, then sinks. */
export interface PlanElement {
  id: string;
  kind: PlacedNode['kind'];
  /** The stage key; null for a boundary. */
  key: string | null;
  family: string | null;
  class: string | null;
  span: { start: number; end: number };
}

/** Every id of a stage or boundary, in the order of the flow. Doubled ids come once. */
export function elementIds(graph: PlanGraph): string[] {
  return elementsOf(graph).map(({ id }) => id);
}

export function elementsOf(graph: PlanGraph): readonly PlanElement[] {
  return [...byId(graph).values()];
}

export function elementOf(graph: PlanGraph, id: string): PlanElement | undefined {
  return byId(graph).get(id);
}

/** Every view asks for the same graph's elements, many times; they are worked out once. */
const known = new WeakMap<PlanGraph, ReadonlyMap<string, PlanElement>>();

function byId(graph: PlanGraph): ReadonlyMap<string, PlanElement> {
  const before = known.get(graph);
  if (before) return before;
  const elements = new Map<string, PlanElement>();
  const add = (element: PlanElement) => {
    if (!elements.has(element.id)) elements.set(element.id, element);
  };
  const boundary = (kind: 'ingress' | 'egress') => {
    for (const found of graph.boundaries)
      if (found.kind === kind) add({ ...found, key: null, family: null, class: null, kind });
  };
  boundary('ingress');
  for (const stage of inFlowOrder(graph)) add({ ...stage, kind: 'stage' });
  boundary('egress');
  known.set(graph, elements);
  return elements;
}

/** Stages so that each comes after those it gets records from; those in a cycle last, as written. */
function inFlowOrder(graph: PlanGraph): PlanGraph['stages'] {
  const stages = new Map(graph.stages.map((stage) => [stage.id, stage]));
  const open = new Map(graph.stages.map(({ id }) => [id, 0]));
  const next = new Map<string, string[]>();
  for (const { from, to } of graph.connections) {
    if (!stages.has(from) || !stages.has(to)) continue;
    open.set(to, (open.get(to) ?? 0) + 1);
    const list = next.get(from);
    if (list) list.push(to);
    else next.set(from, [to]);
  }
  const result: PlanGraph['stages'] = [];
  // Depth first in the order of the text keeps each branch together.
  const ready = graph.stages.filter(({ id }) => open.get(id) === 0).reverse();
  for (let stage = ready.pop(); stage; stage = ready.pop()) {
    result.push(stage);
    stages.delete(stage.id);
    for (const to of [...(next.get(stage.id) ?? [])].reverse()) {
      const left = (open.get(to) ?? 0) - 1;
      open.set(to, left);
      const target = stages.get(to);
      if (left === 0 && target) ready.push(target);
    }
  }
  return [...result, ...stages.values()];
}

export function nodesOf(graph: PlanGraph): PlacedNode[] {
  return elementsOf(graph).map(({ id, kind }) => ({ id, kind }));
}

export function wiresOf(graph: PlanGraph): Wire[] {
  return graph.connections.map(({ from, to, intent }) => ({
    from,
    to,
    label: intentText(intent) ?? undefined,
  }));
}

/** How a connection's lane intent is written; null for the default, `events`. */
export function intentText(intent: PlanGraph['connections'][number]['intent']): string | null {
  if (!intent) return null;
  const { kind, capacity, consumers } = intent;
  if (kind === 'events') return null;
  return [kind, capacity, consumers].filter((part) => part !== undefined).join(' ');
}

/** Diagnostics by the id of each element they speak of. */
export function diagnosticsByElement(
  diagnostics: readonly Diagnostic[],
): ReadonlyMap<string, Diagnostic[]> {
  const byElement = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics)
    for (const element of diagnostic.elements) {
      const known = byElement.get(element);
      if (known) known.push(diagnostic);
      else byElement.set(element, [diagnostic]);
    }
  return byElement;
}

export type Severity = Diagnostic['severity'];

/** The gravest severity among them; null when there is none. */
export function worst(diagnostics: readonly Diagnostic[] | undefined): Severity | null {
  if (!diagnostics || diagnostics.length === 0) return null;
  return (['error', 'warning', 'hint'] as const).find((severity) =>
    diagnostics.some((diagnostic) => diagnostic.severity === severity),
  )!;
}

/** How many problems of each kind there are among them. */
export function problemCounts(diagnostics: readonly Diagnostic[] | undefined): {
  errors: number;
  warnings: number;
  hints: number;
} {
  const counts = { errors: 0, warnings: 0, hints: 0 };
  for (const { severity } of diagnostics ?? [])
    counts[severity === 'error' ? 'errors' : severity === 'warning' ? 'warnings' : 'hints'] += 1;
  return counts;
}

/** Errors first, then warnings, then hints; each by its place in the text. */
export function inOrderOfConcern(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const rank: Record<Severity, number> = { error: 0, warning: 1, hint: 2 };
  return [...diagnostics].sort(
    (a, b) => rank[a.severity] - rank[b.severity] || a.span.start - b.span.start,
  );
}

/** Why a connection can't be drawn; null when it can. The compiler has the last word. */
export function connectionRefusal(graph: PlanGraph, from: string, to: string): string | null {
  if (from === to) return 'A stage can’t connect to itself';
  const kinds = new Map(elementsOf(graph).map((element) => [element.id, element.kind]));
  if (!kinds.has(from) || !kinds.has(to)) return 'One of the ends no longer exists';
  if (kinds.get(from) === 'egress') return 'Nothing follows an egress';
  if (kinds.get(to) === 'ingress') return 'Nothing comes before an ingress';
  if (kinds.get(from) === 'ingress' && kinds.get(to) === 'egress')
    return 'A stage has to stand between ingress and egress';
  if (graph.connections.some((connection) => connection.id === connectionId(from, to)))
    return 'They are connected already';
  if (downstream(wiresOf(graph), to).has(from)) return 'Records would run in a circle';
  return null;
}

/** A name for an element or connection as a sentence part: `stage mask`, `connection a → b`. */
export function nameOf(graph: PlanGraph, id: string): string {
  const ends = connectionEnds(id);
  if (ends) return `connection ${ends.from} → ${ends.to}`;
  const element = elementOf(graph, id);
  return element ? `${element.kind} ${id}` : id;
}
