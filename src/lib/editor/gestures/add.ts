import type { LaneIntent } from '$lib/compiler';
import type { Position } from '$lib/document/content';
import { elementOf } from '../graph';
import type { GestureStep } from '../session/gestures';
import type { EditorSession } from '../session.svelte';
import { roomBeside, roomOn, settled } from './room';

type Wire = { from: string; to: string };

/** Where something new goes: on a connection, next to an element, or on its own. */
export interface StagePlace {
  /** The element that leads to it. */
  after?: string | undefined;
  /** The element that it leads to. */
  before?: string | undefined;
  on?: Wire | undefined;
  /** Beside what follows, as a branch of its own, instead of between. */
  branch?: boolean | undefined;
  /** Top left corner on the canvas; the layout decides without it. */
  position?: Position | undefined;
  /** The lane of the connection that is made first; events without it. */
  intent?: LaneIntent | undefined;
}

/** A stage to add: its key, and an id if somebody chose one. */
export interface NewStage {
  key: string;
  id?: string | undefined;
}

/** The connections that leave `after`, or lead to `before`: what a new stage could stand on. */
function wiresAt(session: EditorSession, place: StagePlace): Wire[] {
  const { after, before } = place;
  return session.graph.connections.filter(
    ({ from, to }) =>
      (after !== undefined && from === after) || (before !== undefined && to === before),
  );
}

/** Whether a stage at this place can stand between two, and be a branch as well: somebody may choose. */
export function mayInsertOrBranch(session: EditorSession, place: StagePlace): boolean {
  if (place.on || (place.after === undefined) === (place.before === undefined)) return false;
  return wiresAt(session, place).length > 0;
}

/** The one connection that a stage at this place stands on; null where there is none, or several. */
export function wireOf(session: EditorSession, place: StagePlace): Wire | null {
  if (place.on) return place.on;
  if (place.branch || !mayInsertOrBranch(session, place)) return null;
  const wires = wiresAt(session, place);
  return wires.length === 1 ? (wires[0] ?? null) : null;
}

const created = (ids: readonly string[]) => ids[0] ?? '';

/** The operations that add a stage at a place, as one gesture. */
export function stepsToAdd(
  session: EditorSession,
  { key, id }: NewStage,
  place: StagePlace,
): GestureStep[] {
  const named = id ? { id } : {};
  const { after, before, intent } = place;
  const wire = wireOf(session, place);
  const lane = (from: string): GestureStep[] =>
    intent ? [(ids) => ({ op: 'set_intent', from, to: created(ids), intent })] : [];
  if (wire) {
    const { from, to } = wire;
    return [{ op: 'insert_on_connection', from, to, key, ...named }, ...lane(from)];
  }
  const inserts = !place.branch && mayInsertOrBranch(session, place);
  if (after !== undefined) {
    return [{ op: inserts ? 'insert_after' : 'add_stage', key, ...named, after }, ...lane(after)];
  }
  if (before !== undefined) {
    const taken = inserts ? wiresAt(session, place) : [];
    return [
      { op: 'add_stage', key, ...named },
      ...taken.map(({ from }): GestureStep => (ids) => ({
        op: 'reconnect',
        from,
        to: before,
        new_to: created(ids),
      })),
      (ids) => ({ op: 'connect', from: created(ids), to: before, ...(intent ? { intent } : {}) }),
    ];
  }
  return [{ op: 'add_stage', key, ...named }];
}

/** Adds a stage; between two it is put on their connection, and what follows makes room. */
export async function addStage(
  session: EditorSession,
  stage: NewStage,
  place: StagePlace = {},
): Promise<string | null> {
  const wire = wireOf(session, place);
  const room = wire ? roomOn(session, wire) : roomBeside(session, place);
  const where = wire
    ? ` between ${wire.from} and ${wire.to}`
    : place.after
      ? ` after ${place.after}`
      : place.before
        ? ` before ${place.before}`
        : '';
  const ids = await session.gesture(stepsToAdd(session, stage, place), {
    label: `${wire ? 'Insert' : 'Add'} ${stage.id ?? stage.key.split(':')[0] ?? 'stage'}${where}`,
    select: (made) => made,
    say: `Stage ${wire ? 'inserted' : 'added'}${where}`,
    place: (made) => settled(session, room, made, wire ?? undefined),
  });
  return ids?.[0] ?? null;
}

/** The operations that add a boundary at a place. */
export function stepsToAddBoundary(
  kind: 'ingress' | 'egress',
  place: StagePlace & { id?: string | undefined },
): GestureStep[] {
  const intent = place.intent ? { intent: place.intent } : {};
  const { after, before } = place;
  return [
    { op: 'add_boundary', kind, ...(place.id ? { id: place.id } : {}) },
    ...(kind === 'egress' && after !== undefined
      ? [
          (ids: readonly string[]) =>
            ({ op: 'connect', from: after, to: created(ids), ...intent }) as const,
        ]
      : []),
    ...(kind === 'ingress' && before !== undefined
      ? [
          (ids: readonly string[]) =>
            ({ op: 'connect', from: created(ids), to: before, ...intent }) as const,
        ]
      : []),
  ];
}

export async function addBoundary(
  session: EditorSession,
  kind: 'ingress' | 'egress',
  place: StagePlace & { id?: string | undefined } = {},
): Promise<string | null> {
  const room = roomBeside(session, place, kind);
  const ids = await session.gesture(stepsToAddBoundary(kind, place), {
    label: `Add ${kind}`,
    select: (made) => made,
    say: `${kind === 'ingress' ? 'Ingress' : 'Egress'} added`,
    place: (made) => settled(session, room, made),
  });
  return ids?.[0] ?? null;
}

/**
 * Where a boundary goes by the selection: at the end of a stage that leads nowhere yet, or before one
 * that nothing leads to; otherwise it is on its own.
 */
export function boundaryBySelection(
  { graph, selection }: EditorSession,
  kind: 'ingress' | 'egress',
): StagePlace {
  const last = selection.at(-1);
  if (last === undefined || elementOf(graph, last)?.kind !== 'stage') return {};
  const taken = graph.connections.some(({ from, to }) => (kind === 'egress' ? from : to) === last);
  if (taken) return {};
  return kind === 'egress' ? { after: last } : { before: last };
}

/** Where something goes by the selection: onto a connection, after an element, or anywhere. */
export function placeBySelection(session: EditorSession): StagePlace {
  const last = session.selection.at(-1);
  if (last === undefined) {
    // The first stage of a plan that leads from end to end goes between.
    const { connections, stages } = session.graph;
    const [only] = connections;
    return only && connections.length === 1 && stages.length === 0
      ? { on: { from: only.from, to: only.to } }
      : {};
  }
  const wire = session.graph.connections.find(({ id }) => id === last);
  if (wire) return { on: { from: wire.from, to: wire.to } };
  const element = elementOf(session.graph, last);
  if (!element) return {};
  return element.kind === 'egress' ? { before: last } : { after: last };
}
