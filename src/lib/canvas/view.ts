import type { Box } from '$lib/document/placement';

/** What of the plan is on the screen, and how large. */
export interface Viewport {
  x: number;
  y: number;
  zoom: number;
}

/** The view, as it can be set. */
export interface FlowView {
  /** Resolves once the view is there. */
  set(view: Viewport, options: { glide: boolean }): Promise<unknown>;
}

export interface Size {
  width: number;
  height: number;
}

/**
 * How much of a node is shown. Near: all of it; at a distance its id and one fact; far away blocks
 * that have a state only.
 */
export type Level = 'near' | 'middle' | 'far';

export const ZOOM = { least: 0.04, most: 2 };
/** Below `least` letters can't be read; what begins at a part of the plan begins at `first`. */
export const READ = { least: 0.6, first: 0.8 };
const NEAR = 0.9;
const FAR = 0.5;
/** Free space around what is shown whole. */
const MARGIN = 16;

export function levelOf(zoom: number): Level {
  // Zooming in steps ends a hair beside a threshold.
  return zoom >= NEAR - 0.001 ? 'near' : zoom >= FAR - 0.001 ? 'middle' : 'far';
}

/** The part of the page that is on the screen. */
export function regionOf({ x, y, zoom }: Viewport, { width, height }: Size): Box {
  return { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
}

/** A point of the screen, from the corner of the canvas, as one of the page. */
export function toPage({ x, y, zoom }: Viewport, point: { x: number; y: number }) {
  return { x: (point.x - x) / zoom, y: (point.y - y) / zoom };
}

export function contains(outer: Box, inner: Box): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}

/** The box, larger by `by` times its size on every side. */
export function grown(box: Box, by: number): Box {
  return {
    x: box.x - box.width * by,
    y: box.y - box.height * by,
    width: box.width * (1 + 2 * by),
    height: box.height * (1 + 2 * by),
  };
}

/**
 * The view that shows everything as large as it can be, at most at the zoom given, with nothing under
 * what floats on the canvas: beside it where nodes would reach there, otherwise over the whole area.
 */
export function fitted(
  bounds: Box,
  nodes: readonly Box[],
  size: Size,
  floats: readonly Box[],
  most = 1,
): Viewport {
  const whole = { x: 0, y: 0, width: size.width, height: size.height };
  let best: Viewport | null = null;
  for (const free of freeAreas(whole, floats)) {
    const view = within(bounds, free, most);
    if (best && view.zoom <= best.zoom) continue;
    if (!covered(nodes, view, floats)) best = view;
  }
  return best ?? within(bounds, whole, most);
}

/** Whether a node would lie under what floats on the canvas. */
function covered(nodes: readonly Box[], view: Viewport, floats: readonly Box[]): boolean {
  return nodes.some((box) => floats.some((float) => touches(onScreen(box, view), float)));
}

/** The area whole, and without the strips that what floats takes at an edge, in every way. */
function freeAreas(whole: Box, floats: readonly Box[]): Box[] {
  let areas = [whole];
  for (const float of floats) {
    areas = areas.flatMap((area) => {
      const right = float.x + float.width;
      const bottom = float.y + float.height;
      const areaRight = area.x + area.width;
      const areaBottom = area.y + area.height;
      const cuts: Box[] =
        float.x + float.width / 2 < whole.width / 2
          ? [{ ...area, x: Math.max(area.x, right), width: areaRight - Math.max(area.x, right) }]
          : [{ ...area, width: Math.min(areaRight, float.x) - area.x }];
      cuts.push(
        float.y + float.height / 2 < whole.height / 2
          ? { ...area, y: Math.max(area.y, bottom), height: areaBottom - Math.max(area.y, bottom) }
          : { ...area, height: Math.min(areaBottom, float.y) - area.y },
      );
      return [area, ...cuts.filter(({ width, height }) => width > 64 && height > 64)];
    });
  }
  return areas;
}

function within(bounds: Box, area: Box, most: number): Viewport {
  const zoom = Math.max(
    ZOOM.least,
    Math.min(
      most,
      (area.width - 2 * MARGIN) / Math.max(bounds.width, 1),
      (area.height - 2 * MARGIN) / Math.max(bounds.height, 1),
    ),
  );
  return {
    x: Math.round(area.x + (area.width - bounds.width * zoom) / 2 - bounds.x * zoom),
    y: Math.round(area.y + (area.height - bounds.height * zoom) / 2 - bounds.y * zoom),
    zoom,
  };
}

function onScreen(box: Box, { x, y, zoom }: Viewport): Box {
  return {
    x: box.x * zoom + x,
    y: box.y * zoom + y,
    width: box.width * zoom,
    height: box.height * zoom,
  };
}

export function touches(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/**
 * The view that has these bounds in it, and none of the nodes under what floats on the canvas: the one
 * there is where that holds already, otherwise moved as little as it must be; smaller only where they
 * wouldn't fit.
 */
export function revealed(
  bounds: Box,
  nodes: readonly Box[],
  view: Viewport,
  size: Size,
  floats: readonly Box[],
): Viewport | null {
  const whole = { x: 0, y: 0, width: size.width, height: size.height };
  let best: Viewport | null = null;
  let least = Infinity;
  for (const area of freeAreas(whole, floats)) {
    const next = shiftedInto(bounds, view, area);
    if (!next || covered(nodes, next, floats)) continue;
    const way = Math.hypot(next.x - view.x, next.y - view.y);
    if (way < least) [best, least] = [next, way];
  }
  if (best) return least === 0 ? null : best;
  return fitted(bounds, nodes, size, floats, view.zoom);
}

/** How far from an edge it comes to stand what was brought into view. */
const BESIDE_EDGE = 32;

/** The view moved as little as brings the bounds into an area; null where they don't fit at its zoom. */
function shiftedInto(bounds: Box, view: Viewport, area: Box): Viewport | null {
  const box = onScreen(bounds, view);
  if (box.width > area.width - 2 * BESIDE_EDGE || box.height > area.height - 2 * BESIDE_EDGE)
    return null;
  const shift = (start: number, extent: number, from: number, room: number) =>
    start < from + BESIDE_EDGE
      ? from + BESIDE_EDGE - start
      : Math.min(0, from + room - BESIDE_EDGE - (start + extent));
  return {
    ...view,
    x: view.x + shift(box.x, box.width, area.x, area.width),
    y: view.y + shift(box.y, box.height, area.y, area.height),
  };
}
