import { NewestWins } from '$lib/compiler';
import { follow, prune, sameSelection, type Selection } from '$lib/document/selection';
import type { Plan, PlanCompiler } from './plan.svelte';

/** How long writing pauses before what only matters then is done. */
const PAUSE_MS = 150;

/** What is selected, and its plan text, ready for the clipboard. */
export class Chosen {
  selection = $state.raw<Selection>([]);
  /** Plan text of the selection; '' when nothing can be copied. */
  fragment = $state.raw('');

  readonly #plan: () => Plan;
  readonly #fragments: NewestWins<{ text: string; ids: string[] }, { text: string }>;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(plan: () => Plan, compiler: PlanCompiler) {
    this.#plan = plan;
    this.#fragments = new NewestWins({
      ask: async (source) =>
        source.ids.length > 0 ? compiler.call('extract', source) : { text: '' },
      show: (_, { text }) => (this.fragment = text),
      // Copying is offered only with a fragment; the compile's own failure is shown elsewhere.
      fail: () => (this.fragment = ''),
    });
  }

  select(selection: Selection): void {
    if (sameSelection(this.selection, selection)) return;
    this.selection = selection;
    this.#fetchFragment();
  }

  /**
   * Goes on with what an answer knows: what was renamed is followed, what is gone is dropped.
   * Copying needs another place to have the focus: time enough when writing pauses.
   */
  settle(
    known: readonly string[],
    renamed: { from: string; to: string } | null,
    writing: boolean,
  ): void {
    if (this.selection.length > 0) {
      const followed = renamed ? follow(this.selection, renamed.from, renamed.to) : this.selection;
      const pruned = prune(followed, known);
      if (!sameSelection(pruned, this.selection)) this.selection = pruned;
    }
    clearTimeout(this.#timer);
    if (writing) this.#timer = setTimeout(() => this.#fetchFragment(), PAUSE_MS);
    else this.#fetchFragment();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #fetchFragment(): void {
    const ids = this.selection.filter((id) => !id.includes('->'));
    if (ids.length === 0) this.fragment = '';
    this.#fragments.request(++this.#asked, { text: this.#plan().document.content.text, ids });
  }
}
