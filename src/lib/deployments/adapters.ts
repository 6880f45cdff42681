import type { AdapterReport } from '../compiler/types.ts';
import type { IconName } from '../ui/icons.ts';
import type { Agent } from './numbers.ts';

export interface SeenSide {
  agent: Agent;
  side: 'source' | 'sink';
  seen: AdapterReport;
}

/** The sides on the network, of agents that are heard: what a silent one saw is old. */
export function sidesSeen(agents: readonly Agent[]): SeenSide[] {
  return agents.flatMap((agent) =>
    (['source', 'sink'] as const).flatMap((side) => {
      const seen = agent.status === 'online' ? agent.adapters?.[side] : null;
      return seen ? [{ agent, side, seen }] : [];
    }),
  );
}

/** Whether a side's peer answers, in a word with the instant that it is about. */
export function peerLook(seen: AdapterReport): {
  word: string;
  since: string | null;
  tone: 'ok' | 'danger' | 'neutral';
  icon: IconName;
} {
  if (seen.down_since) {
    return { word: 'Doesn’t answer', since: seen.down_since, tone: 'danger', icon: 'offline' };
  }
  if (seen.up_since) return { word: 'Connected', since: seen.up_since, tone: 'ok', icon: 'link' };
  return { word: 'No word yet', since: null, tone: 'neutral', icon: 'ring' };
}
