import { ZOOM, type Viewport } from './view';

interface Point {
  x: number;
  y: number;
}

/** What fingers work on. */
export interface TouchHost {
  viewport(): Viewport;
  look(view: Viewport): void;
  /** What one finger began is given up: it was the first of two, or it asks for a menu. */
  giveUp(): void;
  /** A finger stayed where it was put down, at a point of the window. */
  held(at: Point): void;
}

/** Where the view and two fingers were when the second came. */
interface Pinch {
  view: Viewport;
  middle: Point;
  apart: number;
}

/** A finger that stays so long asks what can be done there (ms). */
const HOLD_MS = 500;
/** A finger that moved less than this stayed where it was. */
const STILL = 10;
/** Where a finger has a gesture of its own. */
const CONTROLS = 'button, input, textarea, select, [data-float]';

/**
 * Two fingers anywhere on the canvas, on nodes too, move it and zoom it; one that stays opens the menu.
 * What one finger does otherwise is the library's and the hand's.
 */
export class Touch {
  readonly #host: TouchHost;
  #hold: ReturnType<typeof setTimeout> | undefined;
  #start: Point = { x: 0, y: 0 };
  #pinch: Pinch | null = null;
  /** Until the last finger leaves, nobody else is told of moves. */
  #taken = false;
  #corner: Point = { x: 0, y: 0 };

  constructor(host: TouchHost) {
    this.#host = host;
  }

  /** Follows the fingers on an element, before anybody else is told of them. */
  watch(area: HTMLElement): () => void {
    const listen = { capture: true, passive: false };
    const down = (event: TouchEvent) => {
      this.#corner = area.getBoundingClientRect();
      this.#down(event);
    };
    area.addEventListener('touchstart', down, listen);
    area.addEventListener('touchmove', this.#move, listen);
    area.addEventListener('touchend', this.#up, listen);
    area.addEventListener('touchcancel', this.#up, listen);
    return () => {
      clearTimeout(this.#hold);
      area.removeEventListener('touchstart', down, listen);
      area.removeEventListener('touchmove', this.#move, listen);
      area.removeEventListener('touchend', this.#up, listen);
      area.removeEventListener('touchcancel', this.#up, listen);
    };
  }

  #down(event: TouchEvent): void {
    clearTimeout(this.#hold);
    const [first, second] = event.touches;
    if (!first) return;
    if (second) {
      this.#taken = true;
      this.#host.giveUp();
      this.#pinch = { view: this.#host.viewport(), ...between(first, second) };
      keep(event);
      return;
    }
    this.#taken = false;
    this.#pinch = null;
    if (event.target instanceof Element && event.target.closest(CONTROLS)) return;
    this.#start = { x: first.clientX, y: first.clientY };
    this.#hold = setTimeout(() => {
      this.#taken = true;
      this.#host.giveUp();
      this.#host.held(this.#start);
    }, HOLD_MS);
  }

  #move = (event: TouchEvent): void => {
    const [first, second] = event.touches;
    if (!first) return;
    const way = Math.hypot(first.clientX - this.#start.x, first.clientY - this.#start.y);
    if (way > STILL) clearTimeout(this.#hold);
    if (second && this.#pinch) this.#host.look(this.#viewOf(this.#pinch, between(first, second)));
    if (this.#taken) keep(event);
  };

  #up = (event: TouchEvent): void => {
    clearTimeout(this.#hold);
    // Without this the browser makes a click of a finger that held.
    if (this.#taken && event.cancelable) event.preventDefault();
    if (event.touches.length < 2) this.#pinch = null;
    if (event.touches.length === 0) this.#taken = false;
  };

  /** What was between the fingers stays between them. */
  #viewOf({ view, middle, apart }: Pinch, now: { middle: Point; apart: number }): Viewport {
    const wanted = (view.zoom * now.apart) / Math.max(apart, 1);
    const zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, wanted));
    const along = (from: number, corner: number, at: number, to: number) =>
      to - corner - ((at - corner - from) * zoom) / view.zoom;
    return {
      x: along(view.x, this.#corner.x, middle.x, now.middle.x),
      y: along(view.y, this.#corner.y, middle.y, now.middle.y),
      zoom,
    };
  }
}

function between(a: globalThis.Touch, b: globalThis.Touch): { middle: Point; apart: number } {
  return {
    middle: { x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 },
    apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
  };
}

/** The event is nobody else's, and nothing of the browser comes of it. */
function keep(event: TouchEvent): void {
  event.stopPropagation();
  if (event.cancelable) event.preventDefault();
}
