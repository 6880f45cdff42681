import { getContext, setContext } from 'svelte';
import type { CanvasWire } from './model';
import type { CanvasOverlay } from './overlay';

/** What wires share. */
export interface WireTools {
  overlay: () => CanvasOverlay | null;
  /** Whether records flow down. */
  down: () => boolean;
  /** Puts something on a wire; null where nothing can be changed. */
  readonly insert: ((wire: CanvasWire) => void) | null;
}

const KEY = Symbol('wires');

export function provideWires(tools: WireTools): void {
  setContext(KEY, tools);
}

export function useWires(): WireTools {
  return getContext<WireTools>(KEY);
}
