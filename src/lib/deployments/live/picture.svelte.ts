import type { CanvasElement, CanvasWire } from '$lib/canvas/model';
import { compiler, type ElementMap } from '$lib/compiler';
import { readLayout, type ExecutionTarget, type Layout } from '$lib/document/content';
import { placeNew } from '$lib/document/placement-new';
import { elementsOf, nodesOf, wiresOf } from '$lib/editor/graph';
import { insertedAt } from '$lib/editor/lowered';
import { pictureElements, pictureWires } from '$lib/editor/picture';
import { useAnswer, type Answer } from '$lib/ui/answer.svelte';

/** A version as the canvas draws it. */
export interface VersionPicture {
  elements: readonly CanvasElement[];
  wires: readonly CanvasWire[];
  layout: Layout;
  map: ElementMap;
  /** Its ends, by their ids. */
  boundaries: { ingress: readonly string[]; egress: readonly string[] };
}

interface Source {
  text: string;
  target: ExecutionTarget;
  layout: unknown;
}

/** Draws a version: compiled here, where its author placed it, and laid out where nobody did. */
export function useVersionPicture(source: () => Source | undefined): Answer<VersionPicture> {
  return useAnswer(() => {
    const version = source();
    return version && pictureOf(version);
  });
}

async function pictureOf({ text, target, layout: stored }: Source): Promise<VersionPicture> {
  const [{ graph, report }, families] = await Promise.all([
    compiler().call('compile', { text, target }),
    compiler().call('catalogue', {}),
  ]);
  if (!report) throw new Error('This version doesn’t compile with the compiler of this page.');
  const picture = {
    target,
    graph,
    families,
    problems: new Map(),
    inserted: insertedAt(report),
    report,
  };
  const ends = (kind: string) =>
    elementsOf(graph).flatMap((element) => (element.kind === kind ? [element.id] : []));
  return {
    elements: pictureElements(picture),
    wires: pictureWires(picture),
    layout: await placed(graph, readLayout(stored)),
    map: report.map,
    boundaries: { ingress: ends('ingress'), egress: ends('egress') },
  };
}

async function placed(graph: Parameters<typeof nodesOf>[0], layout: Layout): Promise<Layout> {
  const nodes = nodesOf(graph);
  const wires = wiresOf(graph);
  if (nodes.every(({ id }) => layout.nodes[id])) return layout;
  const { arrange } = await import('$lib/layout/arrange');
  const suggested = await arrange(nodes, wires, layout.direction);
  const fresh = placeNew(nodes, wires, layout, suggested);
  return { ...layout, nodes: { ...layout.nodes, ...fresh } };
}
