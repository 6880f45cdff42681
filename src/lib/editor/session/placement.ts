import type { Position } from '$lib/document/content';
import { placeNew, type PlacedNode, type Wire } from '$lib/document/placement';
import { nodesOf, wiresOf } from '../graph';
import type { Plan } from './plan.svelte';

/** A layout of the whole graph: a position for each node. */
export type Arrange = (
  nodes: readonly PlacedNode[],
  wires: readonly Wire[],
) => Promise<Record<string, Position>>;

/** Where nodes stand that nobody placed, and all of them when the author has them tidied. */
export class Placement {
  readonly #plan: Plan;
  readonly #arrange: Arrange;
  #placing = false;
  #closed = false;

  constructor(plan: Plan, arrange: Arrange) {
    this.#plan = plan;
    this.#arrange = arrange;
  }

  close(): void {
    this.#closed = true;
  }

  /** Positions of the whole plan laid out anew, or of the given nodes where they stand. */
  async tidied(only?: readonly string[]): Promise<Record<string, Position>> {
    const { graph, document } = this.#plan;
    const suggested = await this.#arrange(nodesOf(graph), wiresOf(graph));
    const part = only !== undefined && only.length > 1;
    const ids = part ? only.filter((id) => suggested[id]) : Object.keys(suggested);
    if (!part || ids.length === 0)
      return Object.fromEntries(ids.map((id) => [id, suggested[id] ?? { x: 0, y: 0 }]));
    // A part is laid out where it stands: its top left corner stays.
    const placed = document.content.layout.nodes;
    const corner = (of: Readonly<Record<string, Position>>, axis: 'x' | 'y') =>
      Math.min(...ids.map((id) => of[id]?.[axis] ?? 0));
    const shift = {
      x: corner(placed, 'x') - corner(suggested, 'x'),
      y: corner(placed, 'y') - corner(suggested, 'y'),
    };
    return Object.fromEntries(
      ids.map((id) => {
        const { x, y } = suggested[id] ?? { x: 0, y: 0 };
        return [id, { x: x + shift.x, y: y + shift.y }];
      }),
    );
  }

  /**
   * Gives a position to what has none, in the background; nothing placed ever moves. One layout at a
   * time: while somebody writes, each would be of another plan.
   */
  async placeMissing(): Promise<void> {
    if (this.#placing) return;
    this.#placing = true;
    try {
      while (this.#missing() && !this.#closed) {
        const { graph } = this.#plan;
        const suggested = await this.#arrange(nodesOf(graph), wiresOf(graph));
        if (this.#closed) return;
        // What came meanwhile is placed by the next turn.
        const known = graph === this.#plan.graph;
        this.#plan.document.arrange(
          placeNew(
            nodesOf(this.#plan.graph).filter(({ id }) => known || suggested[id]),
            wiresOf(this.#plan.graph),
            this.#plan.document.content.layout.nodes,
            suggested,
          ),
        );
      }
    } finally {
      this.#placing = false;
    }
  }

  #missing(): boolean {
    const { nodes } = this.#plan.document.content.layout;
    return nodesOf(this.#plan.graph).some(({ id }) => !nodes[id]);
  }
}
