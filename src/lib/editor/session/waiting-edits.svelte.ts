import type { DocumentEvent } from '$lib/document/document';

/** Writing that goes on without such a pause is one edit (ms), as it is one step of undo. */
const PAUSE_MS = 900;

/** How many edits wait for the server, counted as undo counts them. */
export class WaitingEdits {
  count = $state(0);
  #last: { label: string | null; at: number } = { label: null, at: -Infinity };

  /** `before` waited when the draft was opened. */
  constructor(before = 0) {
    this.count = before;
  }

  changed({ kind, label }: DocumentEvent, now: number): void {
    if (kind === 'arrangement' || kind === 'load') return;
    const goesOn =
      kind === 'command' && label === this.#last.label && now - this.#last.at < PAUSE_MS;
    this.#last = { label: kind === 'command' ? label : null, at: now };
    if (!goesOn || this.count === 0) this.count += 1;
  }

  /** The server has them all. */
  saved(): void {
    this.count = 0;
  }
}
