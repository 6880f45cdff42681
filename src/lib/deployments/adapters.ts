import { adapters } from '../compiler/adapters.ts';
import type { AdapterReport, Lag, OtherEnd } from '../compiler/types.ts';
import type { IconName } from '../ui/icons.ts';
import type { Agent } from './numbers.ts';

export interface SeenSide {
  agent: Agent;
  side: 'source' | 'sink';
  /** Which boundary, where the side has several. */
  boundary: string | null;
  seen: AdapterReport;
}

/** The sides on the network, of agents that are heard: what a silent one saw is old. */
export function sidesSeen(agents: readonly Agent[]): SeenSide[] {
  return agents.flatMap((agent) =>
    (['source', 'sink'] as const).flatMap((side) => {
      const adapters = agent.status === 'online' ? agent.adapters : null;
      const only = adapters?.[side];
      const each = (adapters?.boundaries ?? []).filter((one) => one.side === side);
      return [
        ...(only ? [{ agent, side, boundary: null, seen: only }] : []),
        ...each.map(({ id, seen }) => ({ agent, side, boundary: id, seen })),
      ];
    }),
  );
}

/** What left pipelines and isn’t at the other end of their sinks yet, in words; empty where nothing is. */
export function notThereYet(agents: readonly Agent[]): string {
  const waiting = new Map<string, number>();
  for (const { side, seen } of sidesSeen(agents)) {
    if (side === 'source' || seen.in_flight === 0) continue;
    const title = titleOf(seen.kind);
    waiting.set(title, (waiting.get(title) ?? 0) + seen.in_flight);
  }
  const parts = [...waiting].map(
    ([title, count]) => `${count.toLocaleString('en')} of those out not yet at ${title}`,
  );
  return parts.join(', ');
}

const declared = (kind: string) => adapters.find((known) => known.kind === kind);

export const titleOf = (kind: string): string => declared(kind)?.title ?? kind;

/** What is known of how far behind a source of this kind is. */
export const lagOf = (kind: string): Lag | undefined => declared(kind)?.ingress?.lag;

function otherEndOf({ side, seen }: SeenSide): OtherEnd | undefined {
  const adapter = declared(seen.kind);
  return (side === 'source' ? adapter?.ingress : adapter?.egress)?.facts.other_end;
}

/** How far behind a source is: a number, with its unit; nothing where it isn't known, or it is a sink. */
export function lagLook({
  side,
  seen,
}: SeenSide): { count: number; unit: string } | 'not known' | null {
  if (side === 'sink') return null;
  const lag = lagOf(seen.kind);
  if (lag?.is !== 'told' || seen.lag === null) return 'not known';
  const one = lag.unit.replace(/ies$/, 'y').replace(/s$/, '');
  const unit = seen.lag === 1 && !seen.lag_or_more ? one : lag.unit;
  return { count: seen.lag, unit: seen.lag_or_more ? `${unit} or more` : unit };
}

/** Whether a side's other end is there, in a word with the instant that it is about. */
export function peerLook(side: SeenSide): {
  word: string;
  since: string | null;
  tone: 'ok' | 'danger' | 'neutral';
  icon: IconName;
} {
  const { seen } = side;
  if (seen.down_since) {
    return { word: 'Doesn’t answer', since: seen.down_since, tone: 'danger', icon: 'offline' };
  }
  if (seen.up_since) return { word: 'Connected', since: seen.up_since, tone: 'ok', icon: 'link' };
  if (seen.listening) {
    return { word: 'Listening', since: seen.listening.since, tone: 'ok', icon: 'link' };
  }
  if (otherEndOf(side) === 'host') {
    return { word: 'On the host', since: null, tone: 'neutral', icon: 'ring' };
  }
  return { word: 'No word yet', since: null, tone: 'neutral', icon: 'ring' };
}

const times = (count: number, one: string, several = `${one}s`) =>
  `${count.toLocaleString('en')} ${count === 1 ? one : several}`;

/** What else is seen of it, each in a few words. */
export function peerFacts({ seen }: SeenSide): string[] {
  return [
    ...(seen.listening ? [times(seen.listening.connections, 'open connection')] : []),
    ...(seen.rebalances === null ? [] : [`partitions moved ${times(seen.rebalances, 'time')}`]),
  ];
}

/** What was refused at a side: records by its peer, requests by itself. */
export function refusedWords({ side, seen }: SeenSide): string {
  const parts = [
    ...(side === 'sink' ? [times(seen.refused, 'record')] : []),
    ...(seen.listening ? [times(seen.listening.refused, 'request')] : []),
  ];
  return parts.join(', ') || '–';
}

/** For each kind of source that is seen, what stands behind the number that says how far it is behind. */
export function lagNotes(sides: readonly SeenSide[]): { title: string; words: string }[] {
  const kinds = new Set(sides.flatMap(({ side, seen }) => (side === 'source' ? [seen.kind] : [])));
  return [...kinds].flatMap((kind) => {
    const lag = lagOf(kind);
    return lag
      ? [{ title: titleOf(kind), words: lag.is === 'told' ? lag.means : lag.because }]
      : [];
  });
}
