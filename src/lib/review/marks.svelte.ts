import { SvelteMap } from 'svelte/reactivity';
import type { Change } from './change-classes';
import { changeKey } from './change-key';

/** Where ticks are kept beyond this page. */
export interface MarkStore {
  /** Keeps that a change was looked at as it is, by its digest; null takes it back. */
  set(key: string, digest: string | null): Promise<unknown>;
}

/**
 * What a person has looked at. A tick belongs to what the change says: where that is another thing
 * later, the tick is gone, and only there.
 */
export class ViewedMarks {
  /** Digests that were looked at, by key of the change. */
  readonly #marks = new SvelteMap<string, string>();
  readonly #digests: () => ReadonlyMap<string, string> | undefined;
  readonly #store: () => MarkStore | null;

  constructor(
    digests: () => ReadonlyMap<string, string> | undefined,
    store: () => MarkStore | null,
  ) {
    this.#digests = digests;
    this.#store = store;
  }

  /** Takes what is kept elsewhere. */
  take(kept: Iterable<readonly [key: string, digest: string]>): void {
    for (const [key, digest] of kept) this.#marks.set(key, digest);
  }

  has(change: Change): boolean {
    const key = changeKey(change);
    const digest = this.#digests()?.get(key);
    return digest !== undefined && this.#marks.get(key) === digest;
  }

  /** Looked at before, but it says something else now. */
  outdated(change: Change): boolean {
    return this.#marks.has(changeKey(change)) && !this.has(change);
  }

  async set(change: Change, viewed: boolean): Promise<void> {
    const key = changeKey(change);
    const digest = this.#digests()?.get(key);
    if (digest === undefined) return;
    const before = this.#marks.get(key);
    if (viewed) this.#marks.set(key, digest);
    else this.#marks.delete(key);
    try {
      await this.#store()?.set(key, viewed ? digest : null);
    } catch (error) {
      if (before === undefined) this.#marks.delete(key);
      else this.#marks.set(key, before);
      throw error;
    }
  }
}
