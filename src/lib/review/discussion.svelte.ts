import type { Reviews, ReviewThread } from '$lib/comments/verdicts';
import type { Change } from './change-classes';
import type { Compared } from './compare';
import type { ReviewLine } from './lines';

/** Where a comment is being written: an anchor of one side, and its line there where it has one. */
export interface CommentPlace {
  anchor: string;
  side: 'from' | 'to';
  line: number | null;
  words: string;
}

/** What was said about a comparison, by where it stands. */
export class Discussion {
  /** Where somebody writes now; null where nobody does. */
  writing = $state.raw<CommentPlace | null>(null);
  readonly #reviews: () => Reviews | undefined;
  readonly #compared: () => Compared | undefined;

  constructor(reviews: () => Reviews | undefined, compared: () => Compared | undefined) {
    this.#reviews = reviews;
    this.#compared = compared;
  }

  readonly threads = $derived.by((): readonly ReviewThread[] => this.#reviews()?.threads ?? []);

  /** Threads by the line of the text that they stand below: `to 14`. */
  readonly #byLine = $derived.by(
    (): readonly (readonly [at: string, threads: readonly ReviewThread[]])[] => {
      const lines: [string, ReviewThread[]][] = [];
      for (const thread of this.threads) {
        const line = thread.gone ? null : (thread.line ?? this.#lineOf(thread));
        if (line === null) continue;
        const key = `${thread.side} ${line}`;
        const known = lines.find(([other]) => other === key);
        if (known) known[1].push(thread);
        else lines.push([key, [thread]]);
      }
      return lines;
    },
  );

  /** Threads about the whole, and those whose place isn't there any more. */
  readonly apart = $derived.by(() => {
    const placed = this.#byLine.flatMap(([, threads]) => threads);
    return this.threads.filter((thread) => !placed.includes(thread));
  });

  below(line: ReviewLine): readonly ReviewThread[] {
    const keys = [`to ${line.after}`, `from ${line.before}`];
    return this.#byLine.flatMap(([at, threads]) => (keys.includes(at) ? threads : []));
  }

  /** Whether what is being written stands below a line. */
  writesBelow(line: ReviewLine): boolean {
    const { writing } = this;
    if (!writing || writing.line === null) return false;
    return writing.line === (writing.side === 'to' ? line.after : line.before);
  }

  of(change: Pick<Change, 'anchor' | 'class'>): { open: number; resolved: number } {
    const side = change.class === 'removed' ? 'from' : 'to';
    const own = this.threads.filter(
      (thread) => thread.anchor === change.anchor && thread.side === side && !thread.gone,
    );
    const open = own.filter(({ resolved }) => resolved === null).length;
    return { open, resolved: own.length - open };
  }

  /** Begins a comment: on a change, on what is chosen, or on the whole. */
  write(change: Change | null, chosen: string | undefined): void {
    const side = change?.class === 'removed' ? 'from' : 'to';
    const wire = this.#compared()?.diff.union.connections.find(
      ({ from, to }) => `${from}->${to}` === chosen,
    );
    const anchor = change?.anchor ?? wire?.anchor ?? chosen ?? 'plan';
    const id = anchor.slice(anchor.indexOf(':') + 1);
    this.writing = {
      anchor,
      side,
      line: anchor === 'plan' ? null : this.#lineOf({ anchor, side }),
      words: anchor === 'plan' ? 'on the plan' : `on ${id.replace('->', ' → ')}`,
    };
  }

  /** The line that an anchor stands on. */
  #lineOf({ anchor, side }: { anchor: string; side: 'from' | 'to' }): number | null {
    const diff = this.#compared()?.diff;
    if (!diff) return null;
    const all = [...diff.union.elements, ...diff.union.connections, ...diff.changes];
    const found = all.find((one) => one.anchor === anchor);
    return (side === 'to' ? found?.after_line : found?.before_line) ?? null;
  }
}
