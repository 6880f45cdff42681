import { together, type Beside } from '$lib/document/beside';
import type { Position } from '$lib/document/content';
import { STAGE_SIZE, type PlacedNode, type PlanShape } from '$lib/document/placement';
import {
  placeAt,
  placeAtConnected,
  placeBefore,
  placeBehind,
  placeConnection,
  placeOnWire,
  type Room,
} from '$lib/document/placement-new';
import { nodesOf, wiresOf } from '../graph';
import type { EditorSession } from '../session.svelte';
import type { StagePlace } from './add';

function shapeOf({ graph }: EditorSession): PlanShape {
  return { nodes: nodesOf(graph), wires: wiresOf(graph) };
}

/**
 * Room on a connection, for something new or for an element that is there; what follows moves on as far
 * as it must. Null leaves it to the layout.
 */
export function roomOn(
  session: EditorSession,
  wire: { from: string; to: string },
  moving?: string,
): Room | null {
  const given = moving === undefined ? {} : { moving };
  return placeOnWire(shapeOf(session), session.content.layout, wire, given);
}

/**
 * What moves on for the router or merge that a new connection brings in; nothing in a ring. `instead` is
 * the connection that it takes the place of.
 */
export function roomForConnection(
  session: EditorSession,
  wire: { from: string; to: string },
  instead?: { from: string; to: string },
): Beside | undefined {
  if (session.content.target !== 'lane_graph') return undefined;
  const { nodes, wires } = shapeOf(session);
  const others = wires.filter(({ from, to }) => from !== instead?.from || to !== instead.to);
  const { moved, notes } = placeConnection({ nodes, wires: others }, session.content.layout, wire);
  return { nodes: moved, notes };
}

/** Room for something new that stands on no connection. Null leaves it to the layout. */
export function roomBeside(
  session: EditorSession,
  { after, before, branch, position }: StagePlace,
  kind: PlacedNode['kind'] = 'stage',
): Room | null {
  const shape = shapeOf(session);
  const { layout } = session.content;
  if (position) {
    // A corner was meant; the place is looked for by the middle.
    const middle = middleOf(position);
    const branches =
      branch ||
      !shape.wires.some(({ from, to }) => from === after || (after === undefined && to === before));
    const connected = branches && (after !== undefined || before !== undefined);
    if (connected && session.content.target === 'lane_graph')
      return placeAtConnected(shape, layout, middle, { after, before }, { kind });
    return { position: placeAt(shape, layout, middle, { kind }), moved: {}, notes: {} };
  }
  if (after !== undefined) {
    const followers = session.graph.connections.filter(({ from }) => from === after);
    const first = branch || kind !== 'stage' ? undefined : followers[0];
    return first ? placeOnWire(shape, layout, first) : placeBehind(shape, layout, after, { kind });
  }
  return before === undefined ? null : placeBefore(shape, layout, before, { kind });
}

/** What is named stands in the room, and what stood in its way has gone. */
export function inRoom(room: Room | null, id: string): Beside | undefined {
  return room
    ? { nodes: { ...room.moved, [id]: room.position }, notes: { ...room.notes } }
    : undefined;
}

/** The first thing created stands in the room; a group that is around it on both sides takes it in. */
export function settled(
  session: EditorSession,
  room: Room | null,
  created: readonly string[],
  between?: { from: string; to: string },
): Beside {
  const first = created[0];
  if (first === undefined) return {};
  return together(inRoom(room, first), between ? inSameGroup(session, between, first) : undefined);
}

function inSameGroup(
  session: EditorSession,
  { from, to }: { from: string; to: string },
  created: string,
): Beside | undefined {
  const around = Object.entries(session.content.layout.groups).find(
    ([, { members }]) => members.includes(from) && members.includes(to),
  );
  if (!around) return undefined;
  const [id, group] = around;
  const members = group.members.flatMap((member) =>
    member === from ? [member, created] : [member],
  );
  return { groups: { [id]: { ...group, members } } };
}

/** A place for a stage whose middle is at a point of the canvas. */
export function centredOn(point: Position): Position {
  return {
    x: Math.round(point.x - STAGE_SIZE.width / 2),
    y: Math.round(point.y - STAGE_SIZE.height / 2),
  };
}

/** The middle of a stage that stands there. */
export function middleOf({ x, y }: Position): Position {
  return { x: x + STAGE_SIZE.width / 2, y: y + STAGE_SIZE.height / 2 };
}
