import type { Outputs } from '$lib/api';
import type { LaneGraphSnapshot, SingleRingSnapshot } from '$lib/compiler/types';

export type Agent = Outputs['deployments']['get']['agents'][number];
export type Numbers = NonNullable<Agent['numbers']>;

/** What a pipeline counts. */
export interface Counts {
  records_in: number;
  records_out: number;
  dropped: number;
  rejected: number;
}
const KEYS = ['records_in', 'records_out', 'dropped', 'rejected'] as const;

/** An agent's numbers with their beginning. */
export interface Row {
  agent: Agent;
  numbers: Numbers;
  /** Of this deployment on this agent; the pipeline's own where the agent doesn't tell them apart. */
  counts: Counts & { since: string | null };
  /** The agent is silent, so the numbers are those of its last report. */
  old: boolean;
}

/** One row an agent that ever sent numbers. */
export function rowsOf(agents: readonly Agent[]): Row[] {
  return agents.flatMap((agent) => {
    const { numbers } = agent;
    if (!numbers) return [];
    const counts = numbers.sinceActivation ?? numbers.totals;
    return [{ agent, numbers, counts, old: agent.status !== 'online' }];
  });
}

export function sumOf(counts: readonly Counts[]): Counts {
  const sum: Counts = { records_in: 0, records_out: 0, dropped: 0, rejected: 0 };
  for (const one of counts) for (const key of KEYS) sum[key] += one[key];
  return sum;
}

/** What came in and isn't out, dropped or rejected yet. */
export function underWay(counts: Counts): number {
  return Math.max(0, counts.records_in - counts.records_out - counts.dropped - counts.rejected);
}

/** The oldest beginning; null where one isn't known, because then the sum's isn't either. */
export function oldest(instants: readonly (string | null)[]): string | null {
  let first: string | null = null;
  for (const at of instants) {
    if (at === null) return null;
    if (first === null || Date.parse(at) < Date.parse(first)) first = at;
  }
  return first;
}

/** A stage of the spec, by its KV path. */
export interface SpecStage {
  path: string;
  id: string;
  key: string;
}

function named<T extends { index: number }>(
  counted: readonly T[],
  list: string,
  what: string,
  stages: readonly SpecStage[],
): (T & { id: string; key: string })[] {
  const byPath = new Map(stages.map((stage) => [stage.path, stage]));
  return counted.map((one) => {
    const known = byPath.get(`${list}.${one.index}`);
    return { ...one, id: known?.id ?? `${what} ${one.index + 1}`, key: known?.key ?? '' };
  });
}

/** The stages of a ring, with the names that the spec gives them. */
export function stagesOf(snapshot: SingleRingSnapshot, stages: readonly SpecStage[]) {
  return named(snapshot.stages, 'single_ring.stages', 'stage', stages);
}

/** The roles of a LaneGraph, with the names that the spec gives those that are stages. */
export function rolesOf(snapshot: LaneGraphSnapshot, stages: readonly SpecStage[]) {
  return named(snapshot.roles, 'lane_graph.roles', 'role', stages);
}
