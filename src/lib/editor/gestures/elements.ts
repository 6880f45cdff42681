import type { EditOperation } from '$lib/compiler';
import { besideRemoved, besideRenamed, notesTaken, together } from '$lib/document/beside';
import { connectionEnds, follow } from '$lib/document/selection';
import { elementOf, elementsOf, nameOf } from '../graph';
import type { EditorSession } from '../session.svelte';

/**
 * Deletes what is selected; what stood before a deleted stage then leads to what stood after it. Notes
 * stay, unless it was cut: then they are in the clipboard, with what they are about.
 */
export async function removeSelected(session: EditorSession, cut = false): Promise<void> {
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
    label: `${cut ? 'Cut' : 'Delete'} ${what}`,
    place: () =>
      together(
        besideRemoved(session.content.layout, ids),
        cut ? notesTaken(session.content.layout, ids) : undefined,
      ),
    select: () => (neighbour === undefined ? [] : [neighbour]),
    say: `${cut ? 'Cut' : 'Deleted'} ${what}`,
  });
}

/** Where the selection goes, so that somebody at the keyboard keeps their place. */
function neighbourAfterRemoval(session: EditorSession, ids: readonly string[]): string | undefined {
  const order = elementsOf(session.graph).map(({ id }) => id);
  const at = Math.min(...ids.map((id) => order.indexOf(id)));
  const left = order.filter((id) => !ids.includes(id));
  return left[Math.min(Math.max(at - 1, 0), left.length - 1)];
}

/** Renames a stage or boundary; its place, notes, groups and the selection go along. */
export async function rename(session: EditorSession, id: string, to: string): Promise<boolean> {
  const done = await session.gesture([{ op: 'rename', id, to }], {
    label: `Rename ${id}`,
    place: () => besideRenamed(session.content.layout, id, to),
    select: () => follow(session.selection, id, to),
    say: `${id} is now called ${to}`,
  });
  return done !== null;
}

export async function setKey(session: EditorSession, id: string, key: string): Promise<boolean> {
  const done = await session.gesture([{ op: 'set_key', id, key }], {
    label: `Change the key of ${id}`,
    say: `The key of ${id} is now ${key}`,
  });
  return done !== null;
}

/** Two stages take each other's place: connections and positions stay, what stands there changes. */
export async function swap(session: EditorSession, a: string, b: string): Promise<boolean> {
  const [first, second] = [elementOf(session.graph, a), elementOf(session.graph, b)];
  if (first?.kind !== 'stage' || second?.kind !== 'stage') return false;
  const { nodes } = session.content.layout;
  const done = await session.gesture([{ op: 'swap', a, b }], {
    label: `Swap ${a} and ${b}`,
    place: () => ({ nodes: { [a]: nodes[b] ?? null, [b]: nodes[a] ?? null } }),
    select: () => [a, b],
    say: `${a} and ${b} changed places`,
  });
  return done !== null;
}
