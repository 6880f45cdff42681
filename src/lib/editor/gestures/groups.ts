import { groupNode, noteName } from '$lib/canvas/groups';
import { freeName, groupOf, membersTaken, together } from '$lib/document/beside';
import type { Group, Note, Position } from '$lib/document/content';
import { flowBoxes, freeSpot, sizeOf } from '$lib/document/placement';
import { elementOf, nodesOf, wiresOf } from '../graph';
import type { EditorSession } from '../session.svelte';

/** How large a note is before somebody sizes it, and how far from what it is about. */
const NOTE = { width: 216, height: 66 };
const BESIDE = 28;

/** Puts a note beside the selected element, or at a point, on nothing that is there; answers its id. */
export function addNote(session: EditorSession, at: Position, text = ''): string | null {
  const { notes, nodes } = session.content.layout;
  const last = session.selection.at(-1);
  const element = last === undefined ? undefined : elementOf(session.graph, last);
  const place = element ? nodes[element.id] : undefined;
  const about = element && place ? element.id : null;
  const wanted =
    element && place
      ? { x: place.x + sizeOf(element.kind).width + BESIDE, y: place.y - 4 }
      : { x: Math.round(at.x), y: Math.round(at.y) };
  const shape = { nodes: nodesOf(session.graph), wires: wiresOf(session.graph) };
  const taken = [...flowBoxes(shape, { direction: 'down', nodes }).values()];
  const { x, y } = freeSpot({ ...wanted, ...NOTE }, [...taken, ...Object.values(notes)]);
  const corner = { x, y };
  const id = freeName(notes, 'note');
  const note: Note = { text, ...corner, ...NOTE, about };
  const done = session.run({
    label: about === null ? 'Add note' : `Add note about ${about}`,
    change: { notes: { [id]: note } },
  });
  if (!done) return null;
  session.made = [noteName(id)];
  session.say(about === null ? 'A note was added' : `A note about ${about} was added`);
  return id;
}

/** The stages and boundaries among what is selected. */
function elementsSelected(session: EditorSession): string[] {
  return session.selection.filter((id) => elementOf(session.graph, id));
}

/** The groups that have a selected element. */
export function groupsSelected(session: EditorSession): string[] {
  const { layout } = session.content;
  return [...new Set(elementsSelected(session).flatMap((id) => groupOf(layout, id) ?? []))];
}

/** Puts what is selected into one group; what was in another leaves that one. */
export function groupSelected(session: EditorSession, folded = false): string | null {
  const members = elementsSelected(session);
  if (members.length === 0) return null;
  const { layout } = session.content;
  const id = freeName(layout.groups, 'group');
  const title = titleFor(layout.groups);
  const group: Group = folded ? { title, members, folded: true } : { title, members };
  const change = together(membersTaken(layout, members), { groups: { [id]: group } });
  if (!session.run({ label: folded ? 'Extract to a group' : 'Group', change })) return null;
  session.made = [groupNode(id)];
  session.say(`${title}: ${members.length} elements`);
  return id;
}

function titleFor(groups: Readonly<Record<string, Group>>): string {
  const taken = new Set(Object.values(groups).map(({ title }) => title));
  for (let number = 1; ; number += 1) {
    const title = number === 1 ? 'Group' : `Group ${number}`;
    if (!taken.has(title)) return title;
  }
}

/** Takes the frames of the groups away that what is selected is in; their members stay. */
export function ungroupSelected(session: EditorSession): void {
  const ids = groupsSelected(session);
  const titles = ids.map((id) => session.content.layout.groups[id]?.title ?? id);
  const groups = Object.fromEntries(ids.map((id) => [id, null]));
  if (session.run({ label: 'Ungroup', change: { groups } }))
    session.say(`${titles.join(', ')} is no group any more`);
}

/** Takes what is selected out of its groups. */
export function leaveGroups(session: EditorSession): void {
  const change = membersTaken(session.content.layout, elementsSelected(session));
  if (session.run({ label: 'Take out of the group', change }))
    session.say('Taken out of the group');
}

/** Folds the groups of what is selected into one node each, or opens them when all are folded. */
export function foldSelected(session: EditorSession): void {
  const { groups } = session.content.layout;
  const ids = groupsSelected(session);
  const open = ids.every((id) => groups[id]?.folded);
  const changed = Object.fromEntries(
    ids.flatMap((id) => {
      const group = groups[id];
      if (!group) return [];
      const { title, members } = group;
      return [[id, open ? { title, members } : { title, members, folded: true as const }]];
    }),
  );
  const label = open ? 'Unfold group' : 'Fold group';
  if (session.run({ label, change: { groups: changed } }))
    session.say(open ? 'The group is open' : 'The group is folded');
}
