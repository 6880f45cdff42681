import type { LaneIntent, PlanGraph } from '$lib/compiler';
import { connectionId } from '$lib/document/selection';
import { elementOf } from '../graph';
import type { EditorSession } from '../session.svelte';
import { inRoom, roomForConnection, roomOn } from './room';

type Wire = { from: string; to: string };

export async function connect(
  session: EditorSession,
  from: string,
  to: string,
  intent?: LaneIntent,
): Promise<boolean> {
  const done = await session.gesture([{ op: 'connect', from, to, intent }], {
    label: `Connect ${from} to ${to}`,
    place: () => roomForConnection(session, { from, to }),
    say: `${from} now leads to ${to}`,
  });
  return done !== null;
}

export async function disconnect(session: EditorSession, from: string, to: string): Promise<void> {
  await session.gesture([{ op: 'disconnect', from, to }], {
    label: `Remove ${from} → ${to}`,
    say: `The connection ${from} → ${to} was removed`,
  });
}

export async function reconnect(session: EditorSession, wire: Wire, next: Wire): Promise<void> {
  await session.gesture(
    [
      {
        op: 'reconnect',
        from: wire.from,
        to: wire.to,
        ...(next.from === wire.from ? {} : { new_from: next.from }),
        ...(next.to === wire.to ? {} : { new_to: next.to }),
      },
    ],
    {
      label: `Reconnect ${next.from} to ${next.to}`,
      place: () => roomForConnection(session, next, wire),
      select: () => [connectionId(next.from, next.to)],
      say: `${next.from} now leads to ${next.to}`,
    },
  );
}

/** Why a stage can't be put onto a connection; null when it can. */
function insertRefusal(graph: PlanGraph, id: string, wire: Wire): string | null {
  if (elementOf(graph, id)?.kind !== 'stage') return 'Only a stage can stand on a connection';
  if (wire.from === id || wire.to === id) return 'It stands at this connection already';
  return null;
}

/** Puts a stage that is there onto a connection; the place that it leaves is healed. One step. */
export async function insertExisting(
  session: EditorSession,
  id: string,
  wire: Wire,
): Promise<boolean> {
  if (insertRefusal(session.graph, id, wire) !== null) return false;
  const room = roomOn(session, wire, id);
  const done = await session.gesture([{ op: 'move_onto', id, from: wire.from, to: wire.to }], {
    label: `Put ${id} between ${wire.from} and ${wire.to}`,
    place: () => inRoom(room, id),
    say: `${id} now stands between ${wire.from} and ${wire.to}`,
  });
  return done !== null;
}

export async function setIntent(
  session: EditorSession,
  wire: Wire,
  intent: LaneIntent | null,
): Promise<boolean> {
  const done = await session.gesture([{ op: 'set_intent', from: wire.from, to: wire.to, intent }], {
    label: 'Change lane intent',
    say: `Lane intent of ${wire.from} → ${wire.to} changed`,
  });
  return done !== null;
}
