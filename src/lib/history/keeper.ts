import type { DraftContent } from '$lib/document/content';
import type { DocumentEvent } from '$lib/document/document';

/** How long nothing changes before a state counts as one that the author rests at. */
const REST_MS = 3_000;
/** Somebody who never pauses has a state kept this often all the same. */
const LONGEST_MS = 30_000;
/** From this size on, a text of which most goes at once was replaced, not edited (UTF-16 units). */
const REPLACED_FROM = 80;

/**
 * Decides which states of a draft are worth keeping: where the author rests, and what stood there
 * before much of it was replaced at once. Where nodes stand alone is no reason, and neither is an
 * automatic placement: such a state is kept with the next change that means something.
 */
export class CheckpointKeeper {
  readonly #keep: (content: DraftContent, reason: string) => void;
  /** What happened since the last kept state, and how the draft looks now. */
  #labels: string[] = [];
  #content: DraftContent | null = null;
  #any = false;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #longest: ReturnType<typeof setTimeout> | undefined;

  constructor(keep: (content: DraftContent, reason: string) => void) {
    this.#keep = keep;
  }

  changed(event: DocumentEvent): void {
    const { content, previous, kind, label } = event;
    if (kind === 'load') {
      this.#forget();
      this.#any = false;
      return;
    }
    if (!means(previous, content)) {
      if (this.#content) this.#content = content;
      return;
    }
    // The state that the first change of this visit began with.
    if (!this.#any) this.#keep(previous, 'As it was opened');
    else if (replaces(event)) this.flush();
    this.#any = true;
    this.#content = content;
    this.#labels.push(words(kind, label));
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.flush(), REST_MS);
    this.#longest ??= setTimeout(() => this.flush(), LONGEST_MS);
  }

  /** Keeps now what would be kept at rest. */
  flush(): void {
    const [content, labels] = [this.#content, this.#labels];
    this.#forget();
    if (content) this.#keep(content, summary(labels));
  }

  #forget(): void {
    clearTimeout(this.#rest);
    clearTimeout(this.#longest);
    this.#longest = undefined;
    this.#content = null;
    this.#labels = [];
  }
}

/** Whether something differs that an author would want back, beyond where nodes stand. */
function means(before: DraftContent, after: DraftContent): boolean {
  const { layout: was, ...rest } = before;
  const { layout: is, ...now } = after;
  if (was.notes !== is.notes || was.groups !== is.groups) return true;
  return Object.keys(now).some((name) => {
    const key = name as keyof typeof now;
    return rest[key] !== now[key];
  });
}

function replaces({ previous, textSteps, kind }: DocumentEvent): boolean {
  if (kind !== 'command' || previous.text.length < REPLACED_FROM) return false;
  const removed = textSteps.flat().reduce((sum, { start, end }) => sum + end - start, 0);
  return removed > previous.text.length / 2;
}

function words(kind: DocumentEvent['kind'], label: string | null): string {
  if (kind === 'undo') return `Undo of ${label ?? 'a step'}`;
  if (kind === 'redo') return `Redo of ${label ?? 'a step'}`;
  return label ?? 'A change';
}

/** "Add stage", "Typing and Add stage", "Add stage and 3 more": each kind of step once. */
function summary(labels: readonly string[]): string {
  const kinds = [...new Set(labels.toReversed())];
  const [newest = 'A change', before] = kinds;
  if (before === undefined) return newest;
  return kinds.length === 2 ? `${before} and ${newest}` : `${newest} and ${kinds.length - 1} more`;
}
