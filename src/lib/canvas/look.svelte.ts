import type { Box } from '$lib/document/placement';
import type { Selection } from '$lib/document/selection';
import { Aim } from './aim';
import { around } from './draw-wire';
import {
  fitted,
  levelOf,
  READ,
  regionOf,
  revealed,
  toPage,
  touches,
  ZOOM,
  type FlowView,
  type Size,
  type Viewport,
} from './view';

type Point = { x: number; y: number };

/** Room for a node at its full size, in CSS pixels. */
const LEAST_BESIDE_PANELS = 280;

/** What is looked at, and what it tells of. */
export interface LookedAt {
  selection: () => Selection;
  /** What is shown first, where all of it would be too small to be read. */
  begin: () => readonly string[];
  /** Grows whenever something is drawn in another way than before. */
  drawn: () => number;
  /** Whether there is something, and all of it has a place. */
  complete: () => boolean;
  /** Every node, where it is or is on its way to. */
  nodes: () => Box[];
  /** What lies beside them and is to be seen as well. */
  beside: () => Box[];
  /** Where what an id names is; nothing while it has no place. */
  boxesOf: (id: string) => Box[];
}

/** What part of a plan is looked at, how near, and how much room there is for it. */
export class Look {
  area = $state.raw<HTMLElement>();
  size = $state.raw<Size>({ width: 0, height: 0 });
  viewport = $state.raw<Viewport>({ x: 0, y: 0, zoom: 1 });
  view = $state.raw<FlowView | null>(null);
  everFitted = $state(false);
  readonly level = $derived(levelOf(this.viewport.zoom));
  readonly region = $derived(regionOf(this.viewport, this.size));

  readonly #at: LookedAt;
  readonly #aim = new Aim(
    () => this.viewport,
    () => this.view,
  );
  readonly #toShow: string[] = [];
  #fits = false;
  /** Grows with everything that is asked for. */
  #asked = $state(0);
  /** Whether somebody looked elsewhere since everything was shown. */
  #touched = false;
  /**
   * Until somebody has done anything: the page may still find its sizes, and what is shown first is
   * shown anew in each of them.
   */
  #opening = true;

  /** Made while the canvas is, since it follows what it looks at. */
  constructor(at: LookedAt) {
    this.#at = at;
    $effect(() => this.#showFirst());
    $effect(() => this.#showMade());
  }

  /** Follows the size of the element that the canvas is in. */
  watch(area: HTMLElement): () => void {
    this.area = area;
    let before = area.getBoundingClientRect();
    let screen = { width: innerWidth, height: innerHeight };
    const observer = new ResizeObserver(() => {
      const now = area.getBoundingClientRect();
      const wasShown = this.size.width > 0;
      const sameScreen = screen.width === innerWidth && screen.height === innerHeight;
      const by = { x: before.x - now.x, y: before.y - now.y };
      before = now;
      screen = { width: innerWidth, height: innerHeight };
      this.size = { width: area.clientWidth, height: area.clientHeight };
      if (!this.everFitted || this.size.width === 0) return;
      if (this.#opening) {
        this.#showFromBeginning();
        return;
      }
      const selection = this.#at.selection();
      if (wasShown && sameScreen) {
        // A panel that opens or closes leaves the plan where it is on the screen, at its zoom.
        const { x, y, zoom } = this.#aim.at;
        if (by.x !== 0 || by.y !== 0) this.#aim.go({ x: x + by.x, y: y + by.y, zoom }, false);
      } else if (!this.#touched && selection.length === 0) this.fit(false);
      // What would be covered comes into sight again, where that takes no other zoom.
      if (selection.length > 0 && selection.length < 20) this.#reveal(selection, false);
      else if (!this.#touched) this.#revealBoxes(this.#at.nodes(), false);
    });
    observer.observe(area);
    const used = new AbortController();
    for (const input of ['pointerdown', 'keydown', 'wheel'])
      addEventListener(
        input,
        () => {
          this.#opening = false;
          used.abort();
        },
        { capture: true, passive: true, signal: used.signal },
      );
    return () => {
      used.abort();
      observer.disconnect();
    };
  }

  /** The first layout is shown whole; afterwards the view is the author's. */
  #showFirst(): void {
    void this.#at.drawn();
    if (this.everFitted || !this.view || this.size.width === 0) return;
    if (!this.#at.complete()) return;
    this.#showFromBeginning();
    this.everFitted = true;
  }

  /** Everything, or what the plan begins at where everything would be too small to be read. */
  #showFromBeginning(): void {
    const begin = this.#at.begin().flatMap((id) => this.#at.boxesOf(id));
    const whole = this.#whole();
    if (whole && whole.zoom < READ.least && begin.length > 0) {
      this.#touched = true;
      const view = fitted(around(begin), begin, this.size, this.#floats(), READ.first);
      this.#aim.go(view, false);
    } else this.fit(false);
  }

  /** What was just made is in view. */
  #showMade(): void {
    void this.#at.drawn();
    void this.#asked;
    // Behind another tab there is no room to fit anything into: it waits until there is.
    if (this.size.width === 0) return;
    if (this.#fits && this.everFitted) {
      this.#fits = false;
      this.fit(true);
    }
    if (this.#toShow.length === 0 || !this.everFitted) return;
    this.#opening = false;
    const ids = this.#toShow.filter((id) => this.#at.boxesOf(id).length > 0);
    if (ids.length === 0) return;
    const left = this.#toShow.filter((id) => !ids.includes(id));
    this.#toShow.splice(0, this.#toShow.length, ...left);
    this.#reveal(ids);
  }

  /** Brings elements, wires, notes and groups into view, as soon as they have a place. */
  show(ids: readonly string[]): void {
    // What an earlier gesture made and never came, nobody waits for any more.
    this.#toShow.splice(0, this.#toShow.length, ...ids);
    this.#asked += 1;
  }

  /** What came with the selection is in view too. */
  showAlso(ids: readonly string[]): void {
    this.#toShow.push(...ids);
  }

  /** Shows everything, as soon as what was just done is drawn. */
  fitSoon(): void {
    this.#fits = true;
    this.#asked += 1;
  }

  fit(glides: boolean): void {
    this.#touched = false;
    const whole = this.#whole();
    if (whole) this.#aim.go(whole, glides);
  }

  /** The view that shows everything; null where there is nothing. */
  #whole(): Viewport | null {
    const nodes = this.#at.nodes();
    if (nodes.length === 0) return null;
    return fitted(around([...nodes, ...this.#at.beside()]), nodes, this.size, this.#floats());
  }

  zoomBy(factor: number): void {
    this.zoomTo(this.#aim.at.zoom * factor);
  }

  zoomTo(zoom: number): void {
    const { width, height } = this.size;
    const middle = toPage(this.#aim.at, { x: width / 2, y: height / 2 });
    this.centre(middle, Math.min(ZOOM.most, Math.max(ZOOM.least, zoom)), true);
  }

  /** The view is the author's. */
  #used(): void {
    this.#touched = true;
    this.#opening = false;
  }

  /** A hand moved the view. */
  look(view: Viewport): void {
    this.#used();
    this.#aim.go(view, false);
  }

  /** A hand has the view now. */
  taken(): void {
    this.#used();
    this.#aim.drop();
  }

  /** Puts a point of the page into the middle of the screen. */
  centre({ x, y }: Point, zoom = this.#aim.at.zoom, glides = false): void {
    this.#used();
    const { width, height } = this.size;
    this.#aim.go({ x: width / 2 - x * zoom, y: height / 2 - y * zoom, zoom }, glides);
  }

  /** A point of the window as one of the page. */
  pageAt(point: Point): Point {
    const corner = this.area?.getBoundingClientRect();
    return toPage(this.viewport, {
      x: point.x - (corner?.x ?? 0),
      y: point.y - (corner?.y ?? 0),
    });
  }

  /** Shrinks only where what is to be seen doesn't fit, and `shrinks` is not false. */
  #reveal(ids: readonly string[], shrinks = true): void {
    this.#revealBoxes(
      ids.flatMap((id) => this.#at.boxesOf(id)),
      shrinks,
    );
  }

  #revealBoxes(boxes: readonly Box[], shrinks: boolean): void {
    if (boxes.length === 0) return;
    const { at } = this.#aim;
    const next = revealed(around(boxes), boxes, at, this.size, this.#floats());
    if (!next || (!shrinks && next.zoom !== at.zoom)) return;
    // Where nothing seen now stays in sight, a way there shows nothing but what rushes by.
    this.#aim.go(next, touches(this.region, regionOf(next, this.size)));
  }

  /** What floats on the canvas, from its corner, and the panels that lie over it. */
  #floats(): Box[] {
    const corner = this.area?.getBoundingClientRect();
    if (!corner) return [];
    const boxes = (elements: Iterable<Element>) =>
      [...elements].map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x: x - corner.x, y: y - corner.y, width, height };
      });
    const floats = boxes(this.area?.parentElement?.querySelectorAll('[data-float]') ?? []);
    const panels = boxes(document.querySelectorAll('[data-over-canvas]'));
    const taken = panels.reduce((sum, { width }) => sum + width, 0);
    // Between two panels a node would be too small to be read: then it may lie under one.
    return this.size.width - taken < LEAST_BESIDE_PANELS ? floats : [...floats, ...panels];
  }
}
