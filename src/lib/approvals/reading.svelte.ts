import { untrack } from 'svelte';
import { changedFacts, type ChangedFact, type ShownFact } from './shown';

/**
 * What the reviewer has read: the facts that the page opened with, until they say that they have read
 * what changed since. A decision carries what was read, so it can't rest on anything newer.
 */
export class Reading<Basis> {
  #facts: ShownFact[];
  #basis: Basis;
  readonly changes: readonly ChangedFact[];
  readonly #shown: () => { facts: ShownFact[]; basis: Basis };

  constructor(shown: () => { facts: ShownFact[]; basis: Basis }) {
    this.#shown = shown;
    const first = untrack(shown);
    this.#facts = $state.raw(first.facts);
    this.#basis = $state.raw(first.basis);
    this.changes = $derived(changedFacts(this.#facts, shown().facts));
  }

  /** What the server compares with its own, when the decision arrives. */
  get basis(): Basis {
    return this.#basis;
  }

  /** The reviewer has read what is shown now. */
  accept(): void {
    const { facts, basis } = this.#shown();
    this.#facts = facts;
    this.#basis = basis;
  }
}
