import type { PlanGraph } from '$lib/compiler';

/** Where an element stands in a small picture of a plan. */
export interface ShapePlace {
  id: string;
  x: number;
  y: number;
  width: number;
  boundary: boolean;
}

/** The elements of a plan in rows, as records flow, in a picture of this size. */
export function shapeOf(
  graph: Pick<PlanGraph, 'boundaries' | 'stages' | 'connections'>,
  width: number,
  height: number,
): ReadonlyMap<string, ShapePlace> {
  const elements = [...graph.boundaries, ...graph.stages].map(({ id }) => id);
  const rank = new Map(elements.map((id) => [id, 0]));
  // As many rounds as there are elements reach the end of the longest way.
  for (let round = 0; round < elements.length; round += 1)
    for (const { from, to } of graph.connections)
      rank.set(to, Math.max(rank.get(to) ?? 0, (rank.get(from) ?? 0) + 1));
  const last = Math.max(0, ...rank.values());
  for (const { id, kind } of graph.boundaries) if (kind === 'egress') rank.set(id, last);
  const boundaries = new Set(graph.boundaries.map(({ id }) => id));
  const rows = Map.groupBy(elements, (id) => rank.get(id) ?? 0);
  const places = new Map<string, ShapePlace>();
  for (const [row, ids] of rows) {
    const room = width / ids.length;
    ids.forEach((id, at) => {
      const boundary = boundaries.has(id);
      places.set(id, {
        id,
        x: room * (at + 0.5),
        y: 4 + (row * (height - 8)) / Math.max(last, 1),
        width: Math.min(boundary ? 18 : 26, room - 4),
        boundary,
      });
    });
  }
  return places;
}
