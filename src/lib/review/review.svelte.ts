import { compiler } from '$lib/compiler';
import { useAnswer } from '$lib/ui/answer.svelte';
import type { Change } from './change-classes';
import { changeKey, contentKey, readKey } from './change-key';
import { compare, diffSides, type Compared, type PlanSide } from './compare';
import { tokensByLine, type TokensByLine } from './coloured';
import { filterChanges, type Filtered } from './filters';
import { anchorsByLine, reviewLines, type ReviewLine } from './lines';
import { ViewedMarks, type MarkStore } from './marks.svelte';
import { wireId } from './union';
import type { ReviewView } from './view.svelte';

/** What a review is given. */
interface ReviewInput {
  /** Each the same object as long as it is the same plan. */
  readonly plans: { before: PlanSide; after: PlanSide } | undefined;
  readonly view: ReviewView;
  /** The version that this person reviewed last, as the side after; null where there is none. */
  readonly reviewed: PlanSide | null;
  /** Ticks of this person, by content, and where they are kept. */
  readonly viewed: ReadonlySet<string>;
  readonly store: MarkStore | null;
}

/**
 * A comparison as somebody works through it: what is compared, what of it is shown, where they are, and
 * what they have looked at. Made while a component is; it follows its input.
 */
export class Review {
  readonly marks: ViewedMarks;
  readonly #input: ReviewInput;
  readonly #answer;
  readonly #known;
  readonly #tokens;

  constructor(input: ReviewInput) {
    this.#input = input;
    // The last comparison stays while a newer one is made: it says itself what it compares.
    this.#answer = useAnswer(() => input.plans && compare(input.plans.before, input.plans.after), {
      keep: true,
    });
    this.#known = useAnswer(() => {
      const { plans, reviewed } = input;
      return plans && reviewed ? contentsOf(plans.before, reviewed) : undefined;
    });
    // Without it the texts are as readable: they have no colours.
    this.#tokens = useAnswer(() => this.compared && tokensOf(this.compared), { keep: true });
    this.marks = new ViewedMarks(
      () => input.viewed,
      () => input.store,
    );
  }

  get compared(): Compared | undefined {
    return this.#answer.data;
  }

  get error(): unknown {
    return this.#answer.error;
  }

  /** The compiler's words in both texts; undefined until they are there, or where they can't be had. */
  get tokens(): { before: TokensByLine; after: TokensByLine } | undefined {
    const { data } = this.#tokens;
    return data && data.of === this.compared ? data : undefined;
  }

  readonly changes = $derived.by((): readonly Change[] => {
    const { compared } = this;
    if (!compared) return [];
    return this.#input.view.inOrder ? compared.diff.changes : compared.ordered;
  });

  /** Contents of the changes that the last review had; null without one. */
  readonly seen = $derived.by((): ReadonlySet<string> | null => this.#known.data ?? null);

  readonly filtered = $derived.by((): Filtered => {
    const { view, reviewed } = this.#input;
    return filterChanges(
      this.changes,
      { classes: view.hidden, seen: view.since ? this.seen : null },
      `seen in ${reviewed?.name ?? 'the last review'}`,
    );
  });

  /** How many changes came since the last review; null without one. */
  readonly fresh = $derived.by((): number | null => {
    const { seen } = this;
    return seen && this.changes.filter((change) => !seen.has(contentKey(change))).length;
  });

  readonly viewed = $derived.by(
    () => this.changes.filter((change) => this.marks.has(change)).length,
  );

  /** The change that is chosen, wherever the address says so. */
  readonly current = $derived.by((): Change | null => {
    const { at } = this.#input.view;
    if (at === '') return null;
    const { anchor, class: kind } = readKey(at);
    const same = this.changes.filter((change) => change.anchor === anchor);
    return same.find((change) => change.class === kind) ?? same[0] ?? null;
  });

  /** Where on the picture stands what is chosen, changed or not. */
  readonly selection = $derived.by((): readonly string[] => {
    const { compared, current } = this;
    const { at } = this.#input.view;
    if (!compared || at === '') return [];
    if (current) return compared.union.placesOf(current);
    const known =
      compared.union.elements.some(({ id }) => id === at) ||
      compared.union.wires.some(({ id }) => id === at);
    return known ? [at] : [];
  });

  /** Where a look at the picture begins: at what is chosen, else at the first change that has a place. */
  readonly begin = $derived.by((): readonly string[] => {
    const { compared, selection } = this;
    if (!compared || selection.length > 0) return selection;
    for (const change of this.filtered.shown) {
      const places = compared.union.placesOf(change);
      if (places.length > 0) return places;
    }
    return [];
  });

  /** Anchors whose lines are lit. */
  readonly lit = $derived.by((): readonly string[] => {
    const { current, selection } = this;
    return current ? [current.anchor, ...selection] : selection;
  });

  readonly lines = $derived.by((): { lines: ReviewLine[]; matched: boolean } => {
    const { compared } = this;
    if (!compared) return { lines: [], matched: true };
    const { before, after, diff } = compared;
    return reviewLines(before.text, after.text, anchorsByLine(diff, wireId));
  });

  choose(change: Change): void {
    this.#input.view.at = changeKey(change);
  }

  /** Chooses what stands at a place of the picture or of the text: its first change, or itself. */
  chooseAt(place: string | undefined): void {
    const { compared } = this;
    const { view } = this.#input;
    if (!compared || place === undefined) {
      view.at = '';
      return;
    }
    const changes =
      compared.union.changes.get(place) ?? this.changes.filter(({ anchor }) => anchor === place);
    const [first] = changes;
    // The one that is chosen stays so, where several stand there.
    if (changes.some((change) => change === this.current)) return;
    if (first) this.choose(first);
    else view.at = place;
  }

  /** Goes to the next of the changes that are shown, or back. */
  step(by: 1 | -1): void {
    const { shown } = this.filtered;
    const at = shown.findIndex((change) => change === this.current);
    const next = shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : at + by];
    if (next) this.choose(next);
  }
}

async function tokensOf(of: Compared) {
  const call = ({ text }: PlanSide) => compiler().call('semanticTokens', { text });
  const [before, after] = await Promise.all([call(of.before), call(of.after)]);
  return { of, before: tokensByLine(before), after: tokensByLine(after) };
}

/** What each change said when it was reviewed. */
async function contentsOf(before: PlanSide, reviewed: PlanSide): Promise<ReadonlySet<string>> {
  const { changes } = await diffSides(before, reviewed);
  return new Set(changes.map(contentKey));
}
