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
/** What is kept beside a stored draft: so many steps, and about so many letters, at most. */
const MOST_KEPT = 200;
const MOST_LETTERS = 400_000;

/** The steps that undo takes back, and those that redo brings again; the newest is the last. */
export interface HistoryState {
  done: HistoryEntry[];
  undone: HistoryEntry[];
}

/** One step, as a list of them shows it. */
export interface HistoryStep {
  label: string;
  /** When its last change came, in milliseconds of the caller's clock. */
  at: number;
  /** Whether it is part of what is on show; false once it was taken back. */
  done: boolean;
}

/** Undo and redo over both views: entries hold text edits, positions and target alike. */
export class History {
  #done: HistoryEntry[];
  #undone: HistoryEntry[];

  /** Goes on from what was kept: it has to belong to the content that it is used with. */
  constructor(kept?: HistoryState) {
    this.#done = [...(kept?.done ?? [])];
    this.#undone = [...(kept?.undone ?? [])];
  }

  /** The newest steps, as many as are worth keeping beside a draft. */
  get state(): HistoryState {
    let letters = 0;
    const worth = (entries: readonly HistoryEntry[]) => {
      const kept = entries.slice(-MOST_KEPT);
      const from = kept.findLastIndex((entry) => (letters += lettersOf(entry)) > MOST_LETTERS);
      return kept.slice(from + 1);
    };
    return { done: worth(this.#done), undone: worth(this.#undone) };
  }

  /** All steps, the oldest first; those that were taken back last. */
  get steps(): HistoryStep[] {
    const step =
      (done: boolean) =>
      ({ label, at }: HistoryEntry) => ({ label, at, done });
    return [...this.#done.map(step(true)), ...this.#undone.toReversed().map(step(false))];
  }

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

/** About how large an entry is; worked out anew only for one that grew. */
function lettersOf(entry: HistoryEntry): number {
  const known = sizes.get(entry);
  if (known?.steps === entry.steps.length) return known.letters;
  let letters = 0;
  for (const { forward, backward } of entry.steps)
    for (const { edits, nodes, groups, target: _, ...others } of [forward, backward])
      letters +=
        (edits ?? []).reduce((sum, { text }) => sum + text.length + 20, 0) +
        60 * Object.keys({ ...nodes, ...groups }).length +
        JSON.stringify(others).length;
  sizes.set(entry, { steps: entry.steps.length, letters });
  return letters;
}

const sizes = new WeakMap<HistoryEntry, { steps: number; letters: number }>();
