import type { Change } from './change';
import type { Group, Layout } from './content';

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
