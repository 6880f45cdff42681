import type { Agent, Numbers } from '../numbers';

/** Whose numbers stand on the canvas: all agents that count now, or one of them by its id. */
export type SourceChoice = 'sum' | (string & {});

export interface Counted {
  agentId: string;
  name: string;
  numbers: Numbers;
}

/** What the graph shows, and how old it is. */
export interface LiveSource {
  counted: readonly Counted[];
  /**
   * `now` is heard within the last 15 s; `last` is what was said before the silence, or before
   * something else ran; `end` is what a bounded input came to, which nothing will follow.
   */
  kind: 'now' | 'last' | 'end' | 'none';
  /** The instant of the oldest of them, unless they are of now. */
  asOf: string | null;
  /** Whose numbers these are, in words. */
  words: string;
}

/** Numbers that are so much older than the last heartbeat weren't read with it (ms). */
const OLD_MS = 15_000;

/** Whether what an agent counts is of now: it is heard, by the page's clock since the server's answer, and sent numbers lately. */
function countsNow({ status, running, numbers, ...agent }: Agent, now: number): boolean {
  if (status !== 'online' || running === null || !numbers) return false;
  if (agent.heardUntil !== undefined && now > agent.heardUntil) return false;
  return Date.parse(agent.lastHeartbeatAt ?? '') - Date.parse(numbers.at) <= OLD_MS;
}

/** The numbers to show of a deployment's agents; those that say nothing now are never in a sum. */
export function sourceOf(agents: readonly Agent[], choice: SourceChoice, now: number): LiveSource {
  const counted = agents.flatMap((agent) =>
    agent.numbers ? [{ ...pick(agent), numbers: agent.numbers, agent }] : [],
  );
  const one = counted.find(({ agentId }) => agentId === choice);
  const shown = one ? [one] : counted;
  const fresh = shown.filter(({ agent }) => countsNow(agent, now));
  const silent = counted.filter(({ agent }) => agent.running !== null && !countsNow(agent, now));
  if (fresh.length > 0) {
    const missing = one ? [] : silent.map(({ name }) => name);
    return { counted: fresh, kind: 'now', asOf: null, words: nowWords(fresh, missing) };
  }
  if (shown.length === 0) {
    return { counted: [], kind: 'none', asOf: null, words: 'nothing counted it so far' };
  }
  const ended = shown.every(({ agent }) => agent.finishedAt !== null);
  const asOf = shown
    .map(({ numbers }) => numbers.at)
    .reduce((oldest, at) => (Date.parse(at) < Date.parse(oldest) ? at : oldest));
  const whose = shown.length === 1 ? (shown[0]?.name ?? '') : `${shown.length} agents`;
  return {
    counted: shown,
    kind: ended ? 'end' : 'last',
    asOf,
    words: ended ? `at its end on ${whose}` : `last numbers of ${whose}`,
  };
}

const pick = ({ agentId, name }: Agent) => ({ agentId, name });

function nowWords(fresh: readonly Counted[], silent: readonly string[]): string {
  const whose =
    fresh.length === 1
      ? `on ${fresh[0]?.name ?? ''}`
      : `sum of the ${fresh.length} agents that run it`;
  if (silent.length === 0) return whose;
  const names = silent.length > 2 ? `${silent.length} agents` : silent.join(' and ');
  return `${whose}, without ${names}: silent`;
}
