import type { Change } from '$lib/document/change';
import type { Direction, Position } from '$lib/document/content';
import type { PlacedNode, PlanShape, Wire } from '$lib/document/placement';
import { placeNew } from '$lib/document/placement-new';
import { notesClear } from '$lib/document/placement-notes';
import { tidied } from '$lib/document/placement-tidy';
import { nodesOf, wiresOf } from '../graph';
import type { Plan } from './plan.svelte';

/** A layout of the whole graph: a position for each node. */
export type Arrange = (
  nodes: readonly PlacedNode[],
  wires: readonly Wire[],
  direction: Direction,
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

  get #direction(): Direction {
    return this.#plan.document.content.layout.direction;
  }

  get #shape(): PlanShape {
    const { graph } = this.#plan;
    return { nodes: nodesOf(graph), wires: wiresOf(graph) };
  }

  /**
   * The whole plan laid out anew, or the given nodes where they stand. What was placed by hand stays,
   * and notes go along with what they are about.
   */
  async tidied(only?: readonly string[]): Promise<Pick<Change, 'nodes' | 'notes'>> {
    const shape = this.#shape;
    const suggested = await this.#arrange(shape.nodes, shape.wires, this.#direction);
    const { layout } = this.#plan.document.content;
    const part = only !== undefined && only.length > 1;
    const nodes = tidied(shape, layout, suggested, part ? only : undefined);
    return { nodes, notes: notesClear(shape, layout, nodes) };
  }

  /** The whole plan laid out for records that flow the other way. */
  async turned(direction: Direction): Promise<Pick<Change, 'nodes' | 'notes' | 'direction'>> {
    const shape = this.#shape;
    const nodes = await this.#arrange(shape.nodes, shape.wires, direction);
    const { layout } = this.#plan.document.content;
    return { direction, nodes, notes: notesClear(shape, layout, nodes) };
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
        const suggested = await this.#arrange(nodesOf(graph), wiresOf(graph), this.#direction);
        if (this.#closed) return;
        // What came meanwhile is placed by the next turn.
        const known = graph === this.#plan.graph;
        this.#plan.document.arrange(
          placeNew(
            nodesOf(this.#plan.graph).filter(({ id }) => known || suggested[id]),
            wiresOf(this.#plan.graph),
            this.#plan.document.content.layout,
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
