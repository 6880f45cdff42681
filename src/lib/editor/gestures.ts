import type { EditOperation, LaneIntent } from '$lib/compiler';
import { looksLikePlan, offsetCopies } from '$lib/document/clipboard';
import { normalizeText, type Position } from '$lib/document/content';
import { makeRoom, STAGE_SIZE } from '$lib/document/placement';
import { connectionEnds, connectionId, follow } from '$lib/document/selection';
import { toasts } from '$lib/ui/toasts.svelte';
import { elementOf, elementsOf, nameOf, wiresOf } from './graph';
import type { EditorSession } from './session.svelte';

/** Where a new stage goes: after an element, on a connection, or on its own. */
export interface StagePlace {
  after?: string | undefined;
  on?: { from: string; to: string } | undefined;
  /** Top left corner on the canvas; the layout decides without it. */
  position?: Position | undefined;
}

/** Adds a stage; on a connection it is put between its ends and what follows makes room. */
export async function addStage(
  session: EditorSession,
  stage: { key: string; id?: string | undefined },
  place: StagePlace = {},
): Promise<string | null> {
  const { on } = place;
  const id = stage.id ? { id: stage.id } : {};
  const room = on && !place.position ? roomOn(session, on) : null;
  const operation: EditOperation = on
    ? { op: 'insert_on_connection', from: on.from, to: on.to, key: stage.key, ...id }
    : {
        op: 'add_stage',
        key: stage.key,
        ...id,
        ...(place.after ? { after: place.after } : {}),
      };
  const created = await session.gesture([operation], {
    label: on ? 'Insert stage' : 'Add stage',
    select: (ids) => ids,
    say: on ? `Stage inserted between ${on.from} and ${on.to}` : 'Stage added',
    place: (ids) => {
      const position = place.position ?? room?.position;
      const first = ids[0];
      if (!position || first === undefined) return undefined;
      return { ...room?.moved, [first]: position };
    },
  });
  return created?.[0] ?? null;
}

function roomOn(session: EditorSession, wire: { from: string; to: string }) {
  const kinds = Object.fromEntries(
    elementsOf(session.graph).map((element) => [element.id, element.kind]),
  );
  return makeRoom(wiresOf(session.graph), session.content.layout.nodes, kinds, wire);
}

export async function addBoundary(
  session: EditorSession,
  kind: 'ingress' | 'egress',
  place: {
    id?: string | undefined;
    position?: Position | undefined;
    after?: string | undefined;
  } = {},
): Promise<string | null> {
  const created = await session.gesture(
    [{ op: 'add_boundary', kind, ...(place.id ? { id: place.id } : {}) }],
    {
      label: `Add ${kind}`,
      select: (ids) => ids,
      say: `${kind === 'ingress' ? 'Ingress' : 'Egress'} added`,
      place: (ids) =>
        place.position && ids[0] !== undefined ? { [ids[0]]: place.position } : undefined,
    },
  );
  const id = created?.[0] ?? null;
  if (id !== null && place.after) await connect(session, place.after, id);
  return id;
}

export async function connect(
  session: EditorSession,
  from: string,
  to: string,
  intent?: LaneIntent,
): Promise<boolean> {
  const done = await session.gesture([{ op: 'connect', from, to, intent }], {
    label: 'Connect',
    say: `${from} now leads to ${to}`,
  });
  return done !== null;
}

export async function disconnect(session: EditorSession, from: string, to: string): Promise<void> {
  await session.gesture([{ op: 'disconnect', from, to }], {
    label: 'Remove connection',
    say: `The connection ${from} → ${to} was removed`,
  });
}

export async function reconnect(
  session: EditorSession,
  wire: { from: string; to: string },
  next: { from: string; to: string },
): Promise<void> {
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
      label: 'Reconnect',
      select: () => [connectionId(next.from, next.to)],
      say: `${next.from} now leads to ${next.to}`,
    },
  );
}

/** Puts a stage that stands alone onto a connection. */
export async function insertExisting(
  session: EditorSession,
  id: string,
  wire: { from: string; to: string },
): Promise<void> {
  await session.gesture(
    [
      { op: 'reconnect', from: wire.from, to: wire.to, new_to: id },
      { op: 'connect', from: id, to: wire.to },
    ],
    { label: 'Insert stage', say: `${id} now stands between ${wire.from} and ${wire.to}` },
  );
}

/** Deletes what is selected; what stood before a deleted stage then leads to what stood after it. */
export async function removeSelected(session: EditorSession): Promise<void> {
  const ids = session.selection.filter((id) => elementOf(session.graph, id));
  const wires = session.selection.flatMap((id) => connectionEnds(id) ?? []);
  const loose = wires.filter(({ from, to }) => !ids.includes(from) && !ids.includes(to));
  const operations: EditOperation[] = loose.map(({ from, to }) => ({ op: 'disconnect', from, to }));
  if (ids.length > 0) operations.push({ op: 'remove', ids, heal: true });
  if (operations.length === 0) return;
  const what =
    operations.length === 1 && session.selection.length === 1
      ? nameOf(session.graph, session.selection[0] ?? '')
      : `${session.selection.length} elements`;
  const neighbour = ids[0] === undefined ? wires[0]?.from : neighbourAfterRemoval(session, ids);
  await session.gesture(operations, {
    label: 'Delete',
    place: () => Object.fromEntries(ids.map((id) => [id, null])),
    select: () => (neighbour === undefined ? [] : [neighbour]),
    say: `Deleted ${what}`,
  });
}

/** Where the selection goes, so that somebody at the keyboard keeps their place. */
function neighbourAfterRemoval(session: EditorSession, ids: readonly string[]): string | undefined {
  const order = elementsOf(session.graph).map(({ id }) => id);
  const at = Math.min(...ids.map((id) => order.indexOf(id)));
  const left = order.filter((id) => !ids.includes(id));
  return left[Math.min(Math.max(at - 1, 0), left.length - 1)];
}

/** Renames a stage or boundary; its place on the canvas and the selection go along. */
export async function rename(session: EditorSession, id: string, to: string): Promise<boolean> {
  const position = session.content.layout.nodes[id];
  const done = await session.gesture([{ op: 'rename', id, to }], {
    label: 'Rename',
    place: () => (position ? { [to]: position, [id]: null } : undefined),
    select: () => follow(session.selection, id, to),
    say: `${id} is now called ${to}`,
  });
  return done !== null;
}

export async function setKey(session: EditorSession, id: string, key: string): Promise<boolean> {
  const done = await session.gesture([{ op: 'set_key', id, key }], {
    label: 'Change stage key',
    say: `The key of ${id} is now ${key}`,
  });
  return done !== null;
}

export async function setIntent(
  session: EditorSession,
  wire: { from: string; to: string },
  intent: LaneIntent | null,
): Promise<boolean> {
  const done = await session.gesture([{ op: 'set_intent', from: wire.from, to: wire.to, intent }], {
    label: 'Change lane intent',
    say: `Lane intent of ${wire.from} → ${wire.to} changed`,
  });
  return done !== null;
}

export async function duplicateSelected(session: EditorSession): Promise<void> {
  // In the order of the text, which is the order that their copies are named in.
  const ids = session.graph.stages
    .toSorted((a, b) => a.span.start - b.span.start)
    .flatMap(({ id }) => (session.selection.includes(id) ? [id] : []));
  if (ids.length === 0) return;
  const originals = ids.map((id) => session.content.layout.nodes[id]);
  await session.gesture([{ op: 'duplicate', ids }], {
    label: 'Duplicate',
    place: (created) => offsetCopies(originals, created),
    select: (created) => created,
    say: ids.length === 1 ? `${ids[0]} was duplicated` : `${ids.length} stages were duplicated`,
  });
}

/** Pastes plan text: a fragment copied here or elsewhere. */
export async function paste(session: EditorSession, text: string): Promise<void> {
  const { text: normal } = normalizeText(text);
  if (!looksLikePlan(normal)) {
    toasts.show({
      tone: 'info',
      title: 'The clipboard holds no plan text',
      text: 'Copy stages here, or lines of a plan from anywhere, and paste again.',
    });
    return;
  }
  const after = session.selection.findLast(
    (id) =>
      elementOf(session.graph, id) !== undefined && elementOf(session.graph, id)?.kind !== 'egress',
  );
  await session.gesture([{ op: 'paste', text: normal, ...(after ? { after } : {}) }], {
    label: 'Paste',
    select: (created) => created,
    say: 'Pasted',
  });
}

/** A free position for a stage around a point on the canvas. */
export function centredOn(point: Position): Position {
  return {
    x: Math.round(point.x - STAGE_SIZE.width / 2),
    y: Math.round(point.y - STAGE_SIZE.height / 2),
  };
}
