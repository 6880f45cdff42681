import { applyChange, invertChange, isEmptyChange, type Change } from './change';
import type { DraftContent } from './content';
import type { TextEdit } from './edits';
import { History, type HistoryState, type HistoryStep, type Replay } from './history';
import type { Selection } from './selection';

/** One thing a person did, from whichever view. */
export interface Command {
  /** What undo offers to take back, as a short noun phrase: "Add stage", "Typing". */
  label: string;
  change: Change;
  /** Commands of one group in quick succession are undone together. */
  group?: string;
  /** Which view it came from, so that this view needn't apply its own change again. */
  origin?: string;
}

/** What listeners are told after each change. */
export interface DocumentEvent {
  version: number;
  content: DraftContent;
  previous: DraftContent;
  /** Text edits in the order they were made; each speaks of the text that the one before left. */
  textSteps: TextEdit[][];
  origin: string | null;
  kind: 'command' | 'arrangement' | 'undo' | 'redo' | 'load';
  label: string | null;
  /** What undo and redo select again; null for everything else. */
  selection: Selection | null;
}

/** What an event says that is nobody's command. */
const unheard = { textSteps: [], origin: null, label: null, selection: null };

/**
 * The plan document: text first, with its target and layout beside it.
 *
 * Every view changes it through `run`, so one history covers everything. `version` grows with
 * each change and names the state that an answer of the compiler belongs to.
 */
export class PlanDocument {
  #content: DraftContent;
  #version = 0;
  #history: History;
  readonly #listeners = new Set<(event: DocumentEvent) => void>();
  readonly #now: () => number;
  readonly #selection: () => Selection;

  /**
   * `selection` tells what is selected, so that undo can give it back; `kept` is what was kept of the
   * history of this very content.
   */
  constructor(
    content: DraftContent,
    now: () => number,
    selection: () => Selection = () => [],
    kept?: HistoryState,
  ) {
    this.#content = content;
    this.#history = new History(kept);
    this.#now = now;
    this.#selection = selection;
  }

  get content(): DraftContent {
    return this.#content;
  }

  get version(): number {
    return this.#version;
  }

  /** What undo would take back, or null. */
  get undoLabel(): string | null {
    return this.#history.undoLabel;
  }

  get redoLabel(): string | null {
    return this.#history.redoLabel;
  }

  /** What is worth keeping of the history, beside the content. */
  get kept(): HistoryState {
    return this.#history.state;
  }

  /** The steps of the history with their names, the oldest first. */
  get history(): HistoryStep[] {
    return this.#history.steps;
  }

  /** Goes back or forth until so many steps are done; each is told as an undo or redo of its own. */
  travel(steps: number): void {
    const done = () => this.history.filter((step) => step.done).length;
    while (done() > steps && this.undo() !== null);
    while (done() < steps && this.redo() !== null);
  }

  /** Calls `listener` after each change; returns the way to stop. */
  listen(listener: (event: DocumentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs a command and records it for undo. Returns false when it would change nothing. */
  run(command: Command): boolean {
    const previous = this.#content;
    if (isEmptyChange(previous, command.change)) return false;
    const backward = invertChange(previous, command.change);
    this.#content = applyChange(previous, command.change);
    this.#history.record({
      label: command.label,
      steps: [{ forward: command.change, backward }],
      group: command.group ?? null,
      at: this.#now(),
      before: this.#selection(),
      after: [],
    });
    this.#tell({
      previous,
      textSteps: command.change.edits?.length ? [command.change.edits] : [],
      origin: command.origin ?? null,
      kind: 'command',
      label: command.label,
      selection: null,
    });
    return true;
  }

  /**
   * Places nodes without an undo step of its own: where the automatic layout put a new node is part
   * of the change that made the node, and undoing that must not stop at the placement first.
   */
  arrange(nodes: NonNullable<Change['nodes']>): void {
    const previous = this.#content;
    const change = { nodes };
    if (isEmptyChange(previous, change)) return;
    this.#content = applyChange(previous, change);
    this.#tell({ ...unheard, previous, kind: 'arrangement' });
  }

  /** Replaces the content by one that was stored elsewhere, with what was kept of its history. */
  load(content: DraftContent, kept?: HistoryState): void {
    const previous = this.#content;
    this.#content = content;
    this.#history = new History(kept);
    this.#tell({ ...unheard, previous, kind: 'load' });
  }

  /** Ends a run of grouped commands, for example when the text lane loses focus. */
  seal(): void {
    this.#history.seal();
  }

  /** Takes the newest command back; returns its label, or null when there is none. */
  undo(): string | null {
    return this.#replay('undo', this.#history.undo(this.#selection()));
  }

  redo(): string | null {
    return this.#replay('redo', this.#history.redo());
  }

  #replay(kind: 'undo' | 'redo', entry: Replay | null): string | null {
    if (!entry) return null;
    const previous = this.#content;
    this.#content = entry.changes.reduce(applyChange, previous);
    this.#tell({
      previous,
      textSteps: entry.changes.flatMap((change) => (change.edits?.length ? [change.edits] : [])),
      origin: null,
      kind,
      label: entry.label,
      selection: entry.selection,
    });
    return entry.label;
  }

  #tell(event: Omit<DocumentEvent, 'version' | 'content'>): void {
    this.#version += 1;
    const whole = { ...event, version: this.#version, content: this.#content };
    for (const listener of this.#listeners) listener(whole);
  }
}
