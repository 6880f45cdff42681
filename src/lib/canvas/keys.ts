import { type Selection } from '$lib/document/selection';
import type { Heading } from './walk';

/** How far Shift and an arrow move what is chosen. */
const NUDGE = 8;
const HEADINGS: Readonly<Record<string, Heading>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What the keys of the canvas work on. */
export interface KeysHost {
  selection: Selection;
  membersOf(id: string): readonly string[];
  select(ids: string[]): void;
  open(id: string): void;
  /** Goes to the node that lies next in a direction; answers whether there is one. */
  go(from: string, heading: Heading): boolean;
  /** Answers whether anything could be moved. */
  move(ids: readonly string[], by: { x: number; y: number }): boolean;
}

/**
 * Keys of a focused node or wire: choose, open, go to the next, and with Shift move. Commands with names are the editor's own keys.
 * Answers whether the key was one of these.
 */
export function keyOnCanvas(event: KeyboardEvent, focused: string | null, host: KeysHost): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === 'Escape') {
    host.select([]);
    return false;
  }
  if (focused === null) return false;
  const ids = host.membersOf(focused);
  const others = host.selection.filter((id) => !ids.includes(id));
  const chosen = others.length + ids.length === host.selection.length;
  if (event.key === ' ') {
    if (!event.shiftKey) host.select([...ids]);
    else host.select(chosen ? others : [...others, ...ids]);
    return true;
  }
  if (event.key === 'Enter') {
    host.select([...ids]);
    host.open(focused);
    return true;
  }
  const heading = HEADINGS[event.key];
  if (!heading) return false;
  if (!event.shiftKey) return host.go(focused, heading);
  // A folded group is moved as the node that it is.
  const taken = chosen && ids[0] === focused ? host.selection : [focused];
  return host.move(taken, { x: heading[0] * NUDGE, y: heading[1] * NUDGE });
}
