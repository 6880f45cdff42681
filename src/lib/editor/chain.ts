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
  const into = new Map<string, string[]>();
  for (const { from, to } of graph.connections) {
    const known = into.get(to);
    if (known) known.push(from);
    else into.set(to, [from]);
  }
  const stages: Chain['stages'] = [];
  const others: string[] = [];
  const met = new Set<string>();
  for (let at: string | undefined = id; at !== undefined && !met.has(at);) {
    const key = keys.get(at);
    if (key === undefined) break;
    met.add(at);
    stages.push({ id: at, key });
    const [first, ...rest]: string[] = into.get(at) ?? [];
    others.push(...rest);
    at = first;
  }
  return { stages: stages.reverse(), others };
}
