import type { Box } from '$lib/document/placement';
import type { ScreenPoint } from '../pointer';

/** What stays free between a menu and the edge of the window, in pixels. */
export const EDGE = 8;

/**
 * The corner of a menu that was asked for at a point: wholly in the window, and, where it would lie on
 * what its wire comes from, on the other side of the point, if there is room.
 */
export function cornerOf(
  at: ScreenPoint,
  menu: { width: number; height: number },
  window: { width: number; height: number },
  from: Pick<Box, 'x' | 'width'> | null = null,
): ScreenPoint {
  const within = (start: number, size: number, room: number) =>
    Math.max(EDGE, Math.min(start, room - size - EDGE));
  const covers = from !== null && from.x < at.x + menu.width && from.x + from.width > at.x;
  const aside = covers && at.x >= menu.width + EDGE;
  return {
    x: within(aside ? at.x - menu.width : at.x, menu.width, window.width),
    y: within(at.y, menu.height, window.height),
  };
}
