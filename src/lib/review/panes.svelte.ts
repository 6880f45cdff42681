import { MediaQuery, SvelteMap } from 'svelte/reactivity';

/** Widths of the outer panes, in CSS pixels; the canvas between them takes the rest. */
interface PaneSizes {
  list: number;
  text: number;
}
type Screen = 'tablet' | 'desktop' | 'wide';

const drawn: Record<Screen, PaneSizes> = {
  tablet: { list: 320, text: 440 },
  desktop: { list: 324, text: 440 },
  wide: { list: 360, text: 600 },
};

/** The styles leave the canvas some room besides. */
export const bounds = {
  list: { min: 220, max: 560 },
  text: { min: 280, max: 960 },
} as const satisfies Record<keyof PaneSizes, { min: number; max: number }>;

const KEY = 'byteor.review.panes.';

function stored(screen: Screen): Partial<PaneSizes> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY + screen) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter(
        ([name, of]) => name in bounds && typeof of === 'number' && Number.isFinite(of),
      ),
    );
  } catch {
    // Storage is blocked, or an older page wrote it: the sizes are as drawn.
    return {};
  }
}

/** How wide the panes of a review are, as they were left on a screen like this one. */
export class Panes {
  readonly #narrow = new MediaQuery('max-width: 1199px', false);
  readonly #wide = new MediaQuery('min-width: 1700px', false);
  readonly #chosen = new SvelteMap<Screen, PaneSizes>();
  readonly screen = $derived.by((): Screen =>
    this.#narrow.current ? 'tablet' : this.#wide.current ? 'wide' : 'desktop',
  );
  readonly sizes = $derived.by((): PaneSizes => {
    const { screen } = this;
    return this.#chosen.get(screen) ?? { ...drawn[screen], ...stored(screen) };
  });

  resize(which: keyof PaneSizes, to: number): void {
    const { min, max } = bounds[which];
    const sizes = { ...this.sizes, [which]: Math.round(Math.min(max, Math.max(min, to))) };
    this.#chosen.set(this.screen, sizes);
    try {
      localStorage.setItem(KEY + this.screen, JSON.stringify(sizes));
    } catch {
      // Storage is blocked: the size holds for this page only.
    }
  }

  /** Back to the size as drawn. */
  reset(which: keyof PaneSizes): void {
    this.resize(which, drawn[this.screen][which]);
  }
}
