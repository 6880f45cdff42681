import { type Selection } from '$lib/document/selection';

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-8, 0],
  ArrowRight: [8, 0],
  ArrowUp: [0, -8],
  ArrowDown: [0, 8],
};

/** What the keys of the canvas work on. */
export interface KeysHost {
  selection: Selection;
  membersOf(id: string): readonly string[];
  select(ids: string[]): void;
  open(id: string): void;
  /** Answers whether anything could be moved. */
  move(ids: readonly string[], by: { x: number; y: number }): boolean;
}

/**
 * Keys of a focused node or wire: choose, open, move. Commands with names are the editor's own keys.
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
  const step = STEPS[event.key];
  if (!step) return false;
  const factor = event.shiftKey ? 4 : 1;
  // A folded group is moved as the node that it is.
  const taken = chosen && ids[0] === focused ? host.selection : [focused];
  return host.move(taken, { x: step[0] * factor, y: step[1] * factor });
}
