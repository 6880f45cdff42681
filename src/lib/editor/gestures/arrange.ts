import { aligned, distributed, type Edge } from '$lib/document/align';
import type { Change } from '$lib/document/change';
import type { Position } from '$lib/document/content';
import { notesClear } from '$lib/document/placement-notes';
import { elementOf, nodesOf, wiresOf } from '../graph';
import type { EditorSession } from '../session.svelte';

function selectedIds(session: EditorSession): string[] {
  return session.selection.filter((id) => elementOf(session.graph, id));
}

const shapeOf = ({ graph }: EditorSession) => ({ nodes: nodesOf(graph), wires: wiresOf(graph) });

/** Nodes that are moved take the notes about them along. */
function movedTo(session: EditorSession, nodes: Record<string, Position>): Change {
  return { nodes, notes: notesClear(shapeOf(session), session.content.layout, nodes) };
}

/** What was moved may stand where nobody looks. */
function arranged(session: EditorSession, nodes: Record<string, Position>, said: string): void {
  session.made = Object.keys(nodes);
  session.say(said);
}

/** Brings what is selected on one line. */
export function alignSelected(session: EditorSession, edge: Edge): void {
  const { nodes: placed } = session.content.layout;
  const nodes = aligned(shapeOf(session), placed, selectedIds(session), edge);
  if (session.run({ label: `Align ${edge}`, change: movedTo(session, nodes) }))
    arranged(session, nodes, `Aligned: ${edge}`);
}

/** Leaves the same distance between what is selected. */
export function distributeSelected(session: EditorSession, axis: 'x' | 'y'): void {
  const { nodes: placed } = session.content.layout;
  const nodes = distributed(shapeOf(session), placed, selectedIds(session), axis);
  if (session.run({ label: 'Distribute', change: movedTo(session, nodes) }))
    arranged(session, nodes, 'Distributed evenly');
}

/** Pins what is selected where it stands, so that tidying leaves it, or lets go of it again. */
export function pinSelected(session: EditorSession): void {
  const { nodes: placed } = session.content.layout;
  const ids = selectedIds(session).filter((id) => placed[id]);
  const pinned = ids.every((id) => placed[id]?.pinned);
  const nodes = Object.fromEntries(
    ids.map((id): [string, Position] => {
      const { x, y } = placed[id] ?? { x: 0, y: 0 };
      return [id, pinned ? { x, y } : { x, y, pinned: true }];
    }),
  );
  if (session.run({ label: pinned ? 'Unpin' : 'Pin', change: { nodes } }))
    session.say(pinned ? 'Tidying up may move it again' : 'Tidying up leaves it where it is');
}
