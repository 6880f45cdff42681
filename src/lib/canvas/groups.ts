import type { Group, Layout, Position } from '$lib/document/content';
import type { Box } from '$lib/document/placement';
import { connectionId } from '$lib/document/selection';
import { around } from './draw-wire';
import type { CanvasElement, CanvasWire } from './model';

/** How an open group is drawn: a box around its members, with its title. */
export interface GroupFrame {
  id: string;
  group: Group;
  box: Box;
}

/** What is drawn once groups are folded. */
export interface Folded {
  elements: readonly CanvasElement[];
  wires: readonly CanvasWire[];
  positions: Readonly<Record<string, Position>>;
}

const PADDING = 12;
const TITLE = 24;

/** The id under which the canvas draws a folded group; no element can have it. */
export const groupNode = (id: string): string => `group:${id}`;

/** The group that a node of the canvas stands for; null for an element. */
export function groupOfNode(id: string): string | null {
  return id.startsWith('group:') ? id.slice('group:'.length) : null;
}

/** The id under which a note is shown beside elements; no element can have it. */
export const noteName = (id: string): string => `note:${id}`;

/** The note that an id of {@link noteName} names; null for anything else. */
export function noteOf(id: string): string | null {
  return id.startsWith('note:') ? id.slice('note:'.length) : null;
}

/**
 * The picture with one node in the place of each folded group: wires inside are gone, wires between
 * the same two nodes are one. The very same lists where nothing is folded.
 */
export function fold(
  elements: readonly CanvasElement[],
  wires: readonly CanvasWire[],
  { nodes, groups }: Layout,
): Folded {
  const folded = Object.entries(groups).filter(([, group]) => group.folded);
  if (folded.length === 0) return { elements, wires, positions: nodes };
  const known = new Map(elements.map((element) => [element.id, element]));
  const inGroup = new Map<string, string>();
  const positions: Record<string, Position> = { ...nodes };
  const nodesOfGroups: CanvasElement[] = [];
  for (const [id, group] of folded) {
    const members = group.members.filter((member) => known.has(member) && nodes[member]);
    if (members.length === 0) continue;
    for (const member of members) inGroup.set(member, groupNode(id));
    positions[groupNode(id)] = cornerOf(members, nodes);
    nodesOfGroups.push(groupElement(id, group, members, known));
  }
  const joined = new Map<string, CanvasWire>();
  for (const wire of wires) {
    const from = inGroup.get(wire.from) ?? wire.from;
    const to = inGroup.get(wire.to) ?? wire.to;
    if (from === to) continue;
    if (from === wire.from && to === wire.to) joined.set(wire.id, wire);
    else {
      const id = connectionId(from, to);
      const before = joined.get(id);
      joined.set(id, {
        ...wire,
        id,
        from,
        to,
        lanes: [],
        inserted: [],
        errors: wire.errors + (before?.errors ?? 0),
        warnings: wire.warnings + (before?.warnings ?? 0),
        hints: wire.hints + (before?.hints ?? 0),
      });
    }
  }
  return {
    elements: [...elements.filter(({ id }) => !inGroup.has(id)), ...nodesOfGroups],
    wires: [...joined.values()],
    positions,
  };
}

function cornerOf(members: readonly string[], nodes: Layout['nodes']): { x: number; y: number } {
  return {
    x: Math.min(...members.map((id) => nodes[id]?.x ?? 0)),
    y: Math.min(...members.map((id) => nodes[id]?.y ?? 0)),
  };
}

function groupElement(
  id: string,
  { title }: Group,
  members: readonly string[],
  known: ReadonlyMap<string, CanvasElement>,
): CanvasElement {
  const sum = (what: 'errors' | 'warnings' | 'hints') =>
    members.reduce((total, member) => total + (known.get(member)?.[what] ?? 0), 0);
  return {
    id: groupNode(id),
    kind: 'group',
    key: null,
    family: null,
    class: null,
    capability: null,
    inserted: [],
    errors: sum('errors'),
    warnings: sum('warnings'),
    hints: sum('hints'),
    title,
    members,
  };
}

/** The boxes of open groups that have a member on the canvas. */
export function groupFrames(
  { groups }: Layout,
  boxOf: (id: string) => Box | undefined,
): GroupFrame[] {
  return Object.entries(groups).flatMap(([id, group]) => {
    const boxes = group.members.flatMap((member) => boxOf(member) ?? []);
    return group.folded || boxes.length === 0 ? [] : [{ id, group, box: frameAround(boxes) }];
  });
}

/** The frame of a group around the boxes of its members. */
export function frameAround(boxes: readonly Box[]): Box {
  const { x, y, width, height } = around(boxes);
  return {
    x: x - PADDING,
    y: y - TITLE,
    width: width + 2 * PADDING,
    height: height + TITLE + PADDING,
  };
}

/** Moves of nodes as moves of elements: who moves a folded group moves its members. */
export function movesOfMembers(
  moves: Readonly<Record<string, Position>>,
  layout: Layout,
): Record<string, Position> {
  const result: Record<string, Position> = {};
  for (const [id, to] of Object.entries(moves)) {
    const group = groupOfNode(id);
    const members =
      group === null ? null : layout.groups[group]?.members.filter((one) => layout.nodes[one]);
    if (!members) {
      result[id] = to;
      continue;
    }
    const corner = cornerOf(members, layout.nodes);
    for (const member of members) {
      const at = layout.nodes[member];
      if (at) result[member] = { ...at, x: at.x + to.x - corner.x, y: at.y + to.y - corner.y };
    }
  }
  return result;
}

/** The dotted line from a note to what it is about: between the middles of the nearest sides. */
export function tieOf(
  note: Box,
  about: Box,
): { from: { x: number; y: number }; to: { x: number; y: number } } {
  const [dx, dy] = [
    note.x + note.width / 2 - about.x - about.width / 2,
    note.y + note.height / 2 - about.y - about.height / 2,
  ];
  const side = (box: Box, towards: 1 | -1) =>
    Math.abs(dx) * box.height > Math.abs(dy) * box.width
      ? { x: box.x + (dx * towards > 0 ? box.width : 0), y: box.y + box.height / 2 }
      : { x: box.x + box.width / 2, y: box.y + (dy * towards > 0 ? box.height : 0) };
  return { from: side(note, -1), to: side(about, 1) };
}
