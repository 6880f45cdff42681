import { SvelteSet } from 'svelte/reactivity';
import type { Change } from './change-classes';
import { contentKey } from './change-key';

/** Where ticks are kept beyond this page. */
export interface MarkStore {
  set(change: Change, viewed: boolean): Promise<unknown>;
}

/**
 * What a person has looked at. A tick belongs to where a change is and to what it says: where that is
 * another thing later, the tick is gone, and only there.
 */
export class ViewedMarks {
  /** Contents that were looked at here, and those that were taken back; the rest is `kept`. */
  readonly #added = new SvelteSet<string>();
  readonly #taken = new SvelteSet<string>();
  readonly #kept: () => ReadonlySet<string>;
  readonly #store: () => MarkStore | null;

  /** `kept` is what is kept elsewhere, by {@link contentKey}. */
  constructor(kept: () => ReadonlySet<string>, store: () => MarkStore | null) {
    this.#kept = kept;
    this.#store = store;
  }

  has(change: Change): boolean {
    const key = contentKey(change);
    return this.#added.has(key) || (this.#kept().has(key) && !this.#taken.has(key));
  }

  async set(change: Change, viewed: boolean): Promise<void> {
    const key = contentKey(change);
    const back = this.has(change);
    this.#show(key, viewed);
    try {
      await this.#store()?.set(change, viewed);
    } catch (error) {
      this.#show(key, back);
      throw error;
    }
  }

  #show(key: string, viewed: boolean): void {
    if (viewed) {
      this.#added.add(key);
      this.#taken.delete(key);
    } else {
      this.#added.delete(key);
      this.#taken.add(key);
    }
  }
}
