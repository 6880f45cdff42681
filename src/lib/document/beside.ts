import type { Change } from './change';
import type { Group, Layout, Note, Position } from './content';

/** What a change does beside the plan: positions, notes, groups. */
export type Beside = Pick<Change, 'nodes' | 'notes' | 'groups'>;

/** Several of them as one; the later ones win. */
export function together(...parts: (Beside | undefined)[]): Beside {
  const all: Beside = {};
  for (const part of parts)
    for (const name of ['nodes', 'notes', 'groups'] as const)
      if (part?.[name]) Object.assign(all, { [name]: { ...all[name], ...part[name] } });
  return all;
}

/** What stands beside an element goes with it when it gets another id. */
export function besideRenamed(layout: Layout, from: string, to: string): Beside {
  const position = layout.nodes[from];
  const notes = Object.entries(layout.notes).filter(([, { about }]) => about === from);
  const groups = Object.entries(layout.groups).filter(([, { members }]) => members.includes(from));
  return {
    ...(position ? { nodes: { [to]: position, [from]: null } } : {}),
    ...(notes.length > 0
      ? { notes: Object.fromEntries(notes.map(([id, note]) => [id, { ...note, about: to }])) }
      : {}),
    ...(groups.length > 0
      ? {
          groups: Object.fromEntries(
            groups.map(([id, group]) => [
              id,
              { ...group, members: group.members.map((member) => (member === from ? to : member)) },
            ]),
          ),
        }
      : {}),
  };
}

/** Elements that go take their places along; a group without members goes too, a note stays. */
export function besideRemoved(layout: Layout, ids: readonly string[]): Beside {
  return {
    nodes: Object.fromEntries(ids.filter((id) => layout.nodes[id]).map((id) => [id, null])),
    ...membersTaken(layout, ids),
  };
}

/** What stands beside these elements and belongs to none but them: places, notes, whole groups. */
export function besideOf(
  { v, direction, nodes, notes, groups }: Layout,
  ids: readonly string[],
): Layout {
  const known = new Set(ids);
  return {
    v,
    direction,
    nodes: only(nodes, (_, id) => known.has(id)),
    notes: only(notes, ({ about }) => about !== null && known.has(about)),
    groups: only(
      groups,
      ({ members }) => members.length > 0 && members.every((id) => known.has(id)),
    ),
  };
}

function only<T>(
  record: Readonly<Record<string, T>>,
  keeps: (value: T, id: string) => boolean,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([id, value]) => keeps(value, id)));
}

/**
 * What goes along with copies: their places, and notes and groups of their own, as far from them as
 * the originals' are from those.
 */
export function besideCopied(
  copied: Layout,
  /** The ids of the copies by their originals'. */
  names: ReadonlyMap<string, string>,
  /** Where the copies stand. */
  places: Readonly<Record<string, Position>>,
  into: Layout,
): Pick<Layout, 'nodes' | 'notes' | 'groups'> {
  const notes: Record<string, Note> = {};
  for (const note of Object.values(copied.notes)) {
    const about = names.get(note.about ?? '');
    const [from, to] = [copied.nodes[note.about ?? ''], places[about ?? '']];
    if (about === undefined || !from || !to) continue;
    const id = freeName({ ...into.notes, ...notes }, 'note');
    notes[id] = { ...note, about, x: note.x + to.x - from.x, y: note.y + to.y - from.y };
  }
  const groups: Record<string, Group> = {};
  for (const group of Object.values(copied.groups)) {
    const members = group.members.flatMap((member) => names.get(member) ?? []);
    if (members.length === 0) continue;
    groups[freeName({ ...into.groups, ...groups }, 'group')] = { ...group, members };
  }
  return { nodes: { ...places }, notes, groups };
}

/** Without the notes about these elements. */
export function notesTaken({ notes }: Layout, ids: readonly string[]): Beside {
  const gone = Object.keys(notes).filter((id) => ids.includes(notes[id]?.about ?? ''));
  return gone.length > 0 ? { notes: Object.fromEntries(gone.map((id) => [id, null])) } : {};
}

/** The groups without these members; those that lose the last one are gone. */
export function membersTaken(layout: Layout, ids: readonly string[]): Beside {
  const groups: Record<string, Group | null> = {};
  for (const [id, group] of Object.entries(layout.groups)) {
    const members = group.members.filter((member) => !ids.includes(member));
    if (members.length < group.members.length)
      groups[id] = members.length === 0 ? null : { ...group, members };
  }
  return Object.keys(groups).length > 0 ? { groups } : {};
}

/** The group that an element is in. */
export function groupOf(layout: Layout, id: string): string | null {
  return Object.entries(layout.groups).find(([, { members }]) => members.includes(id))?.[0] ?? null;
}

/** A name that no note or group has yet: `note`, `note_2`, and so on. */
export function freeName(taken: Readonly<Record<string, unknown>>, stem: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? stem : `${stem}_${number}`;
    if (!(name in taken)) return name;
  }
}
