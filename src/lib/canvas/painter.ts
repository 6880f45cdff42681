import { paint, type Picture } from './paint';
import { contains, regionOf, type Size, type Viewport } from './view';

/** How much more than the screen a kept picture shows on each side, in parts of it. */
const MORE = 0.3;
/** How far a kept picture may be enlarged or made smaller before it looks wrong. */
const STRETCH = 1.5;

/**
 * Paints the far picture, and keeps one while only the view moves: that one is laid where it belongs,
 * which costs the same for any number of nodes. Whoever stops moving calls {@link Painter.exact}.
 */
export class Painter {
  #picture: Picture | null = null;
  #kept: { canvas: HTMLCanvasElement; view: Viewport; size: Size } | null = null;

  /** Whether only the view can have changed since the last painting. */
  #same(picture: Picture): boolean {
    const before = this.#picture;
    return (
      before !== null &&
      (Object.keys(picture) as (keyof Picture)[]).every((part) => before[part] === picture[part])
    );
  }

  /**
   * Paints everything as it is. Answers whether it is whole: some ways of wires may have to be found
   * by later frames.
   */
  exact(
    context: CanvasRenderingContext2D,
    picture: Picture,
    view: Viewport,
    size: Size,
    ratio: number,
  ): boolean {
    const whole = paint(context, picture, view, size, ratio);
    this.#kept = null;
    this.#picture = whole ? picture : null;
    return whole;
  }

  /** Lays the kept picture where the view is now; false where everything has to be painted. */
  quick(
    context: CanvasRenderingContext2D,
    picture: Picture,
    view: Viewport,
    size: Size,
    ratio: number,
  ): boolean {
    if (!this.#same(picture)) return false;
    if (!this.#covers(view, size)) this.#keep(picture, view, size, ratio);
    const kept = this.#kept;
    if (!kept) return false;
    const scale = view.zoom / kept.view.zoom;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, size.width * ratio, size.height * ratio);
    context.drawImage(
      kept.canvas,
      (view.x - kept.view.x * scale) * ratio,
      (view.y - kept.view.y * scale) * ratio,
      kept.size.width * scale * ratio,
      kept.size.height * scale * ratio,
    );
    return true;
  }

  #covers(view: Viewport, size: Size): boolean {
    const kept = this.#kept;
    if (!kept) return false;
    const scale = view.zoom / kept.view.zoom;
    return (
      scale <= STRETCH &&
      scale >= 1 / STRETCH &&
      contains(regionOf(kept.view, kept.size), regionOf(view, size))
    );
  }

  #keep(picture: Picture, view: Viewport, { width, height }: Size, ratio: number): void {
    const canvas = this.#kept?.canvas ?? document.createElement('canvas');
    const size = { width: width * (1 + 2 * MORE), height: height * (1 + 2 * MORE) };
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    const context = canvas.getContext('2d');
    if (!context) return;
    const wider = { x: view.x + width * MORE, y: view.y + height * MORE, zoom: view.zoom };
    paint(context, picture, wider, size, ratio);
    this.#kept = { canvas, view: wider, size };
  }
}
