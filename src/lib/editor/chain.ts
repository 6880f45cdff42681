import type { PlanGraph } from '$lib/compiler';

/** The stages that records pass on their way to one, itself last. */
export interface Chain {
  stages: { id: string; key: string }[];
  /** Elements that lead to one of them besides, and are left out. */
  others: string[];
}

/**
 * The way to a stage: back along the connections to an ingress, by the first where several lead to
 * one. Where a cycle is drawn, it ends at the first stage that it meets again.
 */
export function chainTo(graph: PlanGraph, id: string): Chain {
  const keys = new Map(graph.stages.map((stage) => [stage.id, stage.key]));
  const stages: Chain['stages'] = [];
  const others: string[] = [];
  const met = new Set<string>();
  for (let at: string | undefined = id; at !== undefined && !met.has(at);) {
    const key = keys.get(at);
    if (key === undefined) break;
    met.add(at);
    stages.unshift({ id: at, key });
    const [first, ...rest] = graph.connections.filter(({ to }) => to === at);
    others.push(...rest.map(({ from }) => from));
    at = first?.from;
  }
  return { stages, others };
}
