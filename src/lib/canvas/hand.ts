import type { Box } from '$lib/document/placement';
import { toggle, type Selection } from '$lib/document/selection';

interface Point {
  x: number;
  y: number;
}

/** What the hand works on. */
export interface HandHost {
  /** The node or wire under the pointer; undefined where something has a gesture of its own. */
  hit(event: PointerEvent): { id: string; node: boolean } | null | undefined;
  /** Whether nodes are taken by the hand itself: far away they are no elements of the page. */
  takesNodes(): boolean;
  selection(): Selection;
  select(ids: string[]): void;
  toPage(point: Point): Point;
  /** The places of what is taken along when `id` is. */
  taken(id: string): Map<string, Point>;
  moving(places: ReadonlyMap<string, Point>): void;
  moved(places: ReadonlyMap<string, Point>, at: Point): void;
  /** What a box selects. */
  inBox(box: Box): string[];
  /** The box that is being drawn, in the window; null when it is done. */
  drawBox(box: Box | null): void;
}

/** A press that moved less than this is a click. */
const STILL = 4;

/**
 * The pointer on the canvas: a click selects, with a modifier adds and takes away; Shift and a drag
 * over the empty canvas selects what is in the box; where nodes are painted only, it drags them.
 * Everything else is the library's: the view, nodes near by, connecting.
 */
export class Hand {
  readonly #host: HandHost;
  /** Whether the library must not see what the browser makes of this press. */
  #swallows = false;
  #end: (() => void) | null = null;
  #cancel: (() => void) | null = null;

  constructor(host: HandHost) {
    this.#host = host;
  }

  /** A pointer goes down; before anybody else is told. */
  down = (event: PointerEvent): void => {
    this.#swallows = false;
    this.#end?.();
    if (event.button !== 0 || !event.isPrimary) return;
    const hit = this.#host.hit(event);
    if (hit === undefined) return;
    const adds = event.shiftKey || event.ctrlKey || event.metaKey;
    const before = this.#host.selection();
    const chosen = hit !== null && before.includes(hit.id);
    if (hit && !adds && !chosen) this.#host.select([hit.id]);
    const drags = hit?.node && !adds && this.#host.takesNodes();
    const boxes = hit === null && event.shiftKey;
    this.#swallows = Boolean(drags) || boxes;
    const click = () => {
      if (hit === null) this.#host.select([]);
      else if (adds) this.#host.select([...toggle(before, hit.id)]);
      else if (chosen) this.#host.select([hit.id]);
    };
    this.#follow(event, click, drags ? this.#drag(hit.id, event) : boxes ? this.#box(event) : null);
  };

  /** The mouse or touch events of the same press. */
  swallow = (event: Event): void => {
    if (this.#swallows) event.stopPropagation();
  };

  /** Gives up what is held: it stands where it was taken. */
  stop(): void {
    this.#cancel?.();
    this.#end?.();
  }

  #follow(
    start: PointerEvent,
    click: () => void,
    drag: {
      move: (event: PointerEvent) => void;
      done: (event: PointerEvent) => void;
      cancel: () => void;
    } | null,
  ): void {
    let still = true;
    const move = (event: PointerEvent) => {
      if (event.pointerId !== start.pointerId) return;
      const far = Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY);
      if (still && far < STILL) return;
      still = false;
      drag?.move(event);
    };
    const up = (event: PointerEvent) => {
      if (event.pointerId !== start.pointerId) return;
      this.#end?.();
      if (still) click();
      else drag?.done(event);
    };
    this.#end = () => {
      removeEventListener('pointermove', move, true);
      removeEventListener('pointerup', up, true);
      removeEventListener('pointercancel', cancel, true);
      this.#end = null;
      this.#cancel = null;
    };
    this.#cancel = () => drag?.cancel();
    const cancel = () => this.stop();
    addEventListener('pointermove', move, true);
    addEventListener('pointerup', up, true);
    addEventListener('pointercancel', cancel, true);
  }

  #drag(id: string, start: PointerEvent) {
    const from = this.#host.toPage({ x: start.clientX, y: start.clientY });
    const taken = this.#host.taken(id);
    let places = taken;
    let frame = 0;
    const at = (event: PointerEvent) => {
      const to = this.#host.toPage({ x: event.clientX, y: event.clientY });
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      places = new Map([...taken].map(([one, { x, y }]) => [one, { x: x + dx, y: y + dy }]));
    };
    return {
      move: (event: PointerEvent) => {
        at(event);
        frame ||= requestAnimationFrame(() => {
          frame = 0;
          this.#host.moving(places);
        });
      },
      done: (event: PointerEvent) => {
        cancelAnimationFrame(frame);
        at(event);
        this.#host.moving(places);
        this.#host.moved(places, { x: event.clientX, y: event.clientY });
      },
      cancel: () => {
        cancelAnimationFrame(frame);
        this.#host.moving(taken);
      },
    };
  }

  #box(start: PointerEvent) {
    const box = (event: PointerEvent): Box => ({
      x: Math.min(start.clientX, event.clientX),
      y: Math.min(start.clientY, event.clientY),
      width: Math.abs(event.clientX - start.clientX),
      height: Math.abs(event.clientY - start.clientY),
    });
    return {
      move: (event: PointerEvent) => this.#host.drawBox(box(event)),
      done: (event: PointerEvent) => {
        const drawn = box(event);
        const corner = this.#host.toPage(drawn);
        const far = this.#host.toPage({ x: drawn.x + drawn.width, y: drawn.y + drawn.height });
        this.#host.drawBox(null);
        this.#host.select(
          this.#host.inBox({ ...corner, width: far.x - corner.x, height: far.y - corner.y }),
        );
      },
      cancel: () => this.#host.drawBox(null),
    };
  }
}
