import { together, type Beside } from '$lib/document/beside';
import type { Position } from '$lib/document/content';
import { makeRoom, STAGE_SIZE } from '$lib/document/placement';
import { elementsOf, wiresOf } from '../graph';
import type { EditorSession } from '../session.svelte';

/** Where something new stands, and where what stood in its way goes. */
export interface Room {
  position: Position;
  moved: Readonly<Record<string, Position>>;
}

/** Room on a connection; what follows moves on as far as it must. Null leaves it to the layout. */
export function roomOn(session: EditorSession, wire: { from: string; to: string }): Room | null {
  const kinds = Object.fromEntries(
    elementsOf(session.graph).map((element) => [element.id, element.kind]),
  );
  return makeRoom(wiresOf(session.graph), session.content.layout.nodes, kinds, wire);
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
  return together(
    room ? { nodes: { ...room.moved, [first]: room.position } } : undefined,
    between ? inSameGroup(session, between, first) : undefined,
  );
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
