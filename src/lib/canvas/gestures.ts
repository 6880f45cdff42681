import type { Change } from '$lib/document/change';
import type { Direction, Note, Position } from '$lib/document/content';

interface Point {
  x: number;
  y: number;
}

interface Ends {
  from: string;
  to: string;
}

/** What lies at a point of the canvas. */
export interface CanvasTarget {
  /** The point, on the page of the plan. */
  at: Point;
  node: string | null;
  /** The id of a connection. */
  wire: string | null;
}

/** What a person did on the canvas. */
/** A wire that was let go where nothing is. */
export interface PendingWire {
  /** The node at its one end. */
  id: string;
  /** Whether it leaves that node, or reaches it. */
  leaves: boolean;
  /** Where it was let go, on the page. */
  at: { x: number; y: number };
}

export interface CanvasGestures {
  select(ids: string[]): void;
  /** Nodes were dragged; what is said about them goes along. */
  move(positions: Record<string, Position>, notes: Record<string, Note>): void;
  /** Nodes were moved a step by keyboard. */
  nudge(positions: Record<string, Position>, notes: Record<string, Note>): void;
  connect(from: string, to: string): void;
  reconnect(wire: Ends, next: Ends): void;
  /** A wire from `from` was let go over nothing, at this point of the plan. */
  addAfter(from: string, at: Point): void;
  /** A wire into `to` was let go over nothing. */
  addBefore(to: string, at: Point): void;
  /** Something is to be added on the wire. */
  insert(wire: Ends): void;
  /** A stage was let go over a wire that isn't its own. */
  dropOnWire(id: string, wire: Ends): void;
  /** The empty canvas was double-clicked. */
  addAt(at: Point): void;
  /** Enter on a node: its properties. */
  open(id: string): void;
  /** The badge of a node or wire: its problems, beside it. */
  problems(id: string, beside: HTMLElement): void;
  /** Shows the first case that fails at an element. */
  cases(id: string): void;
  /** Notes and groups were written, moved, folded. */
  arrange(change: Pick<Change, 'notes' | 'groups'>, label: string): void;
  /** Absent, as the next one, where a plan is only looked at. */
  tidy?(): void;
  /** Records are to flow the other way. */
  turn?(direction: Direction): void;
  /** What can be done with what is under the pointer, at this point of the window. */
  menu?(target: CanvasTarget, at: Point): void;
}

/** What the editor's actions can ask of the canvas. */
export interface CanvasHandle {
  fit(): void;
  /** Brings elements into view, as soon as they have a place. */
  show(ids: readonly string[]): void;
  zoomIn(): void;
  zoomOut(): void;
  focus(): void;
  /** What lies at a point of the window. */
  at(point: Point): CanvasTarget;
}
