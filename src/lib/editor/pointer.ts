/** A point of the viewport. */
export interface ScreenPoint {
  x: number;
  y: number;
}

/** How long ago a pointer may have done something for a menu to open where it was, in milliseconds. */
const RECENT_MS = 400;

let last: ScreenPoint & { at: number } = { x: 0, y: 0, at: -RECENT_MS };

/** Remembers where the pointer is; menus that a gesture opens stand there. Returns the way to stop. */
export function followPointer(): () => void {
  const stop = new AbortController();
  const moved = ({ clientX, clientY, timeStamp }: MouseEvent) =>
    (last = { x: clientX, y: clientY, at: timeStamp });
  for (const name of ['pointermove', 'pointerdown', 'pointerup', 'contextmenu'] as const)
    addEventListener(name, moved, { capture: true, passive: true, signal: stop.signal });
  // Who types is not at the pointer any more.
  addEventListener('keydown', () => (last = { ...last, at: -RECENT_MS }), {
    capture: true,
    passive: true,
    signal: stop.signal,
  });
  return () => stop.abort();
}

/** Where the pointer did something just now; null when the keyboard did. */
export function pointerNow(): ScreenPoint | null {
  return performance.now() - last.at < RECENT_MS ? { x: last.x, y: last.y } : null;
}

/** Where the pointer was last, however long ago; null before it was anywhere. */
export function pointerLast(): ScreenPoint | null {
  return last.x === 0 && last.y === 0 ? null : { x: last.x, y: last.y };
}
