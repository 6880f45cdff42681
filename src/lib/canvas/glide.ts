interface Point {
  x: number;
  y: number;
}

/** How long nodes glide to a new place; more of them than this stand there at once. */
const GLIDE_MS = 220;
const MOST = 200;

/** Moves nodes from where they stood to where they belong, in one animation for all of them. */
export class Glide {
  #frame = 0;
  #last: (() => void) | null = null;

  /** `move` is told the places of each frame, at last those of `to`. */
  start(
    from: ReadonlyMap<string, Point>,
    to: ReadonlyMap<string, Point>,
    move: (places: ReadonlyMap<string, Point>) => void,
  ): void {
    this.finish();
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (from.size === 0 || from.size > MOST || still) return;
    const began = performance.now();
    this.#last = () => move(to);
    const step = (now: number) => {
      const part = Math.min(1, Math.max(0, (now - began) / GLIDE_MS));
      if (part === 1) {
        this.finish();
        return;
      }
      const eased = 1 - (1 - part) ** 3;
      move(
        new Map(
          [...to].map(([id, end]) => {
            const start = from.get(id) ?? end;
            return [
              id,
              { x: start.x + (end.x - start.x) * eased, y: start.y + (end.y - start.y) * eased },
            ];
          }),
        ),
      );
      this.#frame = requestAnimationFrame(step);
    };
    move(from);
    this.#frame = requestAnimationFrame(step);
  }

  /** Whoever glides stands where it belongs, at once. */
  finish(): void {
    cancelAnimationFrame(this.#frame);
    const last = this.#last;
    this.#last = null;
    last?.();
  }
}
