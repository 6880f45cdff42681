import type { Change } from './change';
import type { Selection } from './selection';

/** One step that undo takes back as a whole: what it did, and what takes it back. */
export interface HistoryEntry {
  label: string;
  steps: { forward: Change; backward: Change }[];
  /** Steps of one group that follow closely become one entry (typing, nudging with arrow keys). */
  group: string | null;
  /** When the last step came, in milliseconds of the caller's clock. */
  at: number;
  /** What was selected before its first step. */
  before: Selection;
  /** What was selected when it was taken back; redo gives it back. */
  after: Selection;
}

/** What undo or redo does: changes to apply in order, and what is selected then. */
export interface Replay {
  label: string;
  changes: Change[];
  selection: Selection;
}

/** How long a pause splits a group: the time after which typing becomes a new undo step. */
const GROUP_PAUSE_MS = 900;
const MOST_ENTRIES = 1000;

/** Undo and redo over both views: entries hold text edits, positions and target alike. */
export class History {
  #done: HistoryEntry[] = [];
  #undone: HistoryEntry[] = [];

  get undoLabel(): string | null {
    return this.#done.at(-1)?.label ?? null;
  }

  get redoLabel(): string | null {
    return this.#undone.at(-1)?.label ?? null;
  }

  record(entry: HistoryEntry): void {
    this.#undone = [];
    const last = this.#done.at(-1);
    if (
      last &&
      entry.group !== null &&
      last.group === entry.group &&
      entry.at - last.at < GROUP_PAUSE_MS
    ) {
      last.steps.push(...entry.steps);
      last.at = entry.at;
      return;
    }
    this.#done.push(entry);
    if (this.#done.length > MOST_ENTRIES) this.#done.shift();
  }

  /** Ends the current group, so that the next step stands for itself. */
  seal(): void {
    const last = this.#done.at(-1);
    if (last) last.group = null;
  }

  /** Takes the newest entry off; null when there is none. `selection` is what is selected now. */
  undo(selection: Selection): Replay | null {
    const entry = this.#done.pop();
    if (!entry) return null;
    entry.group = null;
    entry.after = selection;
    this.#undone.push(entry);
    return {
      label: entry.label,
      changes: entry.steps.map((step) => step.backward).reverse(),
      selection: entry.before,
    };
  }

  redo(): Replay | null {
    const entry = this.#undone.pop();
    if (!entry) return null;
    this.#done.push(entry);
    return {
      label: entry.label,
      changes: entry.steps.map((step) => step.forward),
      selection: entry.after,
    };
  }
}
