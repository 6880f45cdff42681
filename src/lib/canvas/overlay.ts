/** What a run or live numbers show on a node, in the place of its key and sentence. */
export interface NodeOverlay {
  /** Beside the id: `270 → 269`, or a rate. */
  counts: string;
  /** How many there will be of what is counted: `1 204`; behind it where there is room. */
  of?: string;
  /** The second line: `2 dropped`, `paused: #318 goes in`. */
  line: string;
  tone: 'plain' | 'paused' | 'danger' | 'effect' | 'warn';
  breakpoint: boolean;
  /** Records a second, the oldest first: drawn before the second line. */
  spark?: readonly number[];
}

/** What is on a wire. */
export interface WireOverlay {
  /** Behind the lane's letter: `#318`, `2/256 #322`. */
  label: string;
  /** The record that was moved last is on it. */
  current: boolean;
  blocked: boolean;
  /** Said by a sign and a word: the lane stands full, or discards because it does. */
  mark?: 'full' | 'drops' | null;
}

/**
 * What stands on the canvas while something runs. Wires are known by the id of their lane in the
 * spec (`once.router.once`), or by that of the connection (`once->mask`); what was inserted by the
 * name of its role.
 */
export interface CanvasOverlay {
  nodes: ReadonlyMap<string, NodeOverlay>;
  wires: ReadonlyMap<string, WireOverlay>;
  inserted: ReadonlyMap<string, string>;
  /** What stands here is old: nothing proves it now. */
  stale?: boolean;
}
