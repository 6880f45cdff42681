import type { RunShape } from '$lib/compiler';

/** What a node counted up to a step. */
export interface NodeFacts {
  taken: number;
  passed: number;
  dropped: number;
  rejected: number;
  discarded: number;
  blocked: number;
  lost: number;
  /** Records that it holds because a lane is full. */
  held: number;
  ended: boolean;
  /** For each lane that it reads: how many records wait there, and the number of the next one. */
  reads: readonly { lane: number; waiting: number; next: number }[];
}

/** How a lane stands at a step. */
export interface LaneFacts {
  fill: number;
  writes: number;
  missed: number;
  full: boolean;
}

const HEAD = 8;
const PER_NODE = 9;
const PER_LANE = 4;

/** Where a run stands: the numbers of `Run.state` (wasm/stages) by name. */
export class RunView {
  readonly #numbers: Uint32Array;
  readonly #shape: RunShape;
  /** Where the facts of each node's reads begin. */
  readonly #reads: readonly number[];

  constructor(numbers: Uint32Array, shape: RunShape) {
    this.#numbers = numbers;
    this.#shape = shape;
    let at = HEAD + shape.nodes.length * PER_NODE + shape.lanes.length * PER_LANE;
    this.#reads = shape.nodes.map((node) => {
      const begins = at;
      at += node.reads.length * 2;
      return begins;
    });
  }

  #number(at: number): number {
    return this.#numbers[at] ?? 0;
  }

  /** Steps from the start. */
  get at(): number {
    return this.#number(0);
  }
  /** The last step that was ever reached. */
  get reached(): number {
    return this.#number(1);
  }
  /** Nothing comes after the last step. */
  get ended(): boolean {
    return (this.#number(2) & 1) !== 0;
  }
  /** A stage failed there. */
  get failed(): boolean {
    return (this.#number(2) & 2) !== 0;
  }
  /** More could come, but a run in the page takes no more steps. */
  get spent(): boolean {
    return (this.#number(2) & 4) !== 0;
  }
  /** The step that a breakpoint stopped before; 0 where none did. */
  get stopped(): number {
    return this.#number(3);
  }
  /** Index of that breakpoint. */
  get stoppedBy(): number {
    return this.#number(4);
  }
  /** Kept to go back, in KiB, and how many steps lie between two kept states. */
  get history(): { kib: number; every: number } {
    return { kib: this.#number(5), every: this.#number(6) };
  }
  get fed(): number {
    return this.#number(7);
  }

  node(index: number): NodeFacts {
    const at = HEAD + index * PER_NODE;
    const n = (offset: number) => this.#number(at + offset);
    const reads = this.#reads[index] ?? 0;
    return {
      taken: n(0),
      passed: n(1),
      dropped: n(2),
      rejected: n(3),
      discarded: n(4),
      blocked: n(5),
      lost: n(6),
      held: n(7),
      ended: n(8) !== 0,
      reads: (this.#shape.nodes[index]?.reads ?? []).map((lane, read) => ({
        lane,
        waiting: this.#number(reads + read * 2),
        next: this.#number(reads + read * 2 + 1),
      })),
    };
  }

  lane(index: number): LaneFacts {
    const at = HEAD + this.#shape.nodes.length * PER_NODE + index * PER_LANE;
    return {
      fill: this.#number(at),
      writes: this.#number(at + 1),
      missed: this.#number(at + 2),
      full: this.#number(at + 3) !== 0,
    };
  }
}
