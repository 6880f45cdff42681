import type { FlowView, Viewport } from './view';

/**
 * Where the view is, or is on its way to. What is asked of a view that glides speaks of where it
 * goes, not of where it happens to be: a step asked for in the middle of another would take that one
 * back.
 */
export class Aim {
  readonly #now: () => Viewport;
  readonly #view: () => FlowView | null;
  #goal: Viewport | null = null;

  constructor(now: () => Viewport, view: () => FlowView | null) {
    this.#now = now;
    this.#view = view;
  }

  get at(): Viewport {
    return this.#goal ?? this.#now();
  }

  go(to: Viewport, glides = true): void {
    const view = this.#view();
    if (!view) return;
    this.#goal = to;
    // A way that something else cut short never ends; what did that has set another goal, or dropped it.
    void view.set(to, { glide: glides }).then(() => {
      if (this.#goal === to) this.#goal = null;
    });
  }

  /** A hand has the view: it goes nowhere by itself. */
  drop(): void {
    this.#goal = null;
  }
}
