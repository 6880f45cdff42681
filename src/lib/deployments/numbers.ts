import type { Outputs } from '$lib/api';

type Part = Outputs['deployments']['get']['agents'][number];
type Counting = Outputs['deployments']['numbers'][number];
export type Numbers = NonNullable<Counting['numbers']>;

/** An agent of a deployment, with what it counts as far as that came. */
export type Agent = Part &
  Partial<Pick<Counting, 'numbers' | 'minutes' | 'adapters'>> & {
    /** When it counts as silent if it isn't heard again (ms, the page's clock). */
    heardUntil?: number;
  };

/** When this page first held an answer (ms): the server says how long from then on it holds. */
const arrived = new WeakMap<Counting, number>();

/** Puts what agents count, and when they were heard, beside what else is known of them. */
export function counting(
  agents: readonly Part[],
  numbers: readonly Counting[] | undefined,
  now = Date.now(),
): readonly Agent[] {
  const byId = new Map(numbers?.map((part) => [part.agentId, part]));
  return agents.map((agent) => {
    const part = byId.get(agent.agentId);
    if (!part) return agent;
    const at = arrived.get(part) ?? now;
    arrived.set(part, at);
    return { ...agent, ...part, heardUntil: at + part.silentAfterMs };
  });
}

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
