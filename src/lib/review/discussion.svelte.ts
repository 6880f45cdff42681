import type { Reviews, ReviewThread } from '$lib/comments/verdicts';
import type { Change } from './change-classes';
import type { Compared } from './compare';
import type { ReviewLine } from './lines';
import { openThreadsAt, WHOLE } from './threads-at';

/** Where a comment is being written: an anchor of one side, and its line there where it has one. */
export interface CommentPlace {
  anchor: string;
  side: 'from' | 'to';
  line: number | null;
  words: string;
  /** What is typed waits under this name, also while another version is looked at. */
  keep: string;
}

/** What was said about a comparison, by where it stands. */
export class Discussion {
  /** What somebody writes about; null where nobody does. */
  #about = $state.raw<{ anchor: string; side: 'from' | 'to' } | null>(null);
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

  /** Open threads by the place of the picture that they are about: an element or a wire. */
  readonly atPlaces = $derived.by(() =>
    openThreadsAt(this.threads, this.#compared()?.diff.union.connections ?? []),
  );

  below(line: ReviewLine): readonly ReviewThread[] {
    const keys = [`to ${line.after}`, `from ${line.before}`];
    return this.#byLine.flatMap(([at, threads]) => (keys.includes(at) ? threads : []));
  }

  /**
   * Where somebody writes now, in what is compared now: it goes along into another version. What isn't
   * there any more is written about the whole.
   */
  readonly writing = $derived.by((): CommentPlace | null => {
    const about = this.#about;
    const compared = this.#compared();
    if (!about || !compared) return null;
    const { anchor, side } = about;
    const id = anchor.slice(anchor.indexOf(':') + 1).replace('->', ' → ');
    const pipeline = compared.after.version?.pipeline ?? compared.after.token;
    const keep = `${pipeline} ${side} ${anchor}`;
    if (anchor === WHOLE) return { anchor, side, line: null, words: 'on the plan', keep };
    if (!this.#isThere(about)) {
      const words = `on the plan: ${id} isn’t in it`;
      return { anchor: WHOLE, side: 'to', line: null, words, keep };
    }
    return { anchor, side, line: this.#lineOf(about), words: `on ${id}`, keep };
  });

  stopWriting(): void {
    this.#about = null;
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
    this.#about = { anchor: change?.anchor ?? wire?.anchor ?? chosen ?? WHOLE, side };
  }

  #isThere(about: { anchor: string; side: 'from' | 'to' }): boolean {
    if (this.#at(about)) return true;
    // The ends of a ring have no name in its spec: they are known from the plan.
    const which = about.side === 'to' ? 'after' : 'before';
    const drawn = this.#compared()?.union.elements.find(({ id }) => id === about.anchor);
    return drawn !== undefined && drawn[which] !== null;
  }

  /** What the compiler knows of an anchor on one side; undefined where it isn't. */
  #at({ anchor, side }: { anchor: string; side: 'from' | 'to' }) {
    const diff = this.#compared()?.diff;
    if (!diff) return undefined;
    const { elements, connections } = diff.union;
    const absent = side === 'to' ? 'before' : 'after';
    return (
      [...elements, ...connections].find((one) => one.anchor === anchor && one.side !== absent) ??
      diff.changes.find((one) => one.anchor === anchor)
    );
  }

  /** The line that an anchor stands on. */
  #lineOf({ anchor, side }: { anchor: string; side: 'from' | 'to' }): number | null {
    const found = this.#at({ anchor, side });
    return (side === 'to' ? found?.after_line : found?.before_line) ?? null;
  }
}
