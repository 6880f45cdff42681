/**
 * A browser gives all tabs of a server six connections together, unless they are encrypted, and a stream
 * keeps one for itself: with a stream for each tab, the seventh would get no answer any more. So tabs that
 * nobody sees share one: whichever has the lock hears, for its notifications; the others rest until they
 * are looked at.
 */

/** How long a tab that isn't seen goes on hearing (ms): who comes back soon finds all as it is. */
const restAfterMs = 30_000;

/** How long the lock may take that nobody has (ms). */
const lockWithinMs = 250;

/** What can be told to rest and to hear again, any number of times. */
export interface Resting {
  rest(): void;
  wake(): void;
}

interface Seen {
  readonly visibilityState: DocumentVisibilityState;
  addEventListener(type: 'visibilitychange', heard: () => void): void;
  removeEventListener(type: 'visibilitychange', heard: () => void): void;
}

/** Tells `stream` when to rest, until the answer is called. Without locks, as over plain HTTP, none hears. */
export function restWhileHidden(
  stream: Resting,
  page: Seen = document,
  locks: Pick<LockManager, 'request'> | undefined = navigator.locks,
): () => void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  /** Lets go of the lock, or of the wish for it. */
  let letGo: (() => void) | undefined;

  function hide(): void {
    let hears = false;
    if (locks) {
      const asked = new AbortController();
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      letGo = () => {
        asked.abort();
        release();
      };
      const hold = () => {
        hears = true;
        stream.wake();
        return held;
      };
      locks.request('byteor-hears-while-hidden', { signal: asked.signal }, hold).catch((error) => {
        // Let go of before it came; any other reason leaves the tab at rest, which a look at it ends.
        if (!asked.signal.aborted) console.warn('The lock of hidden tabs:', error);
      });
    }
    waiting = setTimeout(() => {
      if (!hears) stream.rest();
    }, lockWithinMs);
  }

  function change(): void {
    clearTimeout(waiting);
    letGo?.();
    letGo = undefined;
    if (page.visibilityState === 'visible') stream.wake();
    else waiting = setTimeout(hide, restAfterMs);
  }

  page.addEventListener('visibilitychange', change);
  if (page.visibilityState !== 'visible') change();
  return () => {
    page.removeEventListener('visibilitychange', change);
    clearTimeout(waiting);
    letGo?.();
  };
}
