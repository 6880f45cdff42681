/**
 * Whether the server answers. The browser knows when the network is gone; a server that was stopped
 * shows only in calls that get no answer, so those count too, until one gets through again.
 */

let browserOnline = $state(typeof navigator === 'undefined' ? true : navigator.onLine);
let answering = $state(true);
let databaseAnswering = $state(true);
let signedOut = $state(false);
/** Whoever signs out needs not be told that the session ended. */
let leaving = false;
/** When the first call went wrong that others have followed since (ms). */
let awaySince = $state<number | undefined>();

export const connection = {
  /** False while nothing gets through; what is on the page may be old then. */
  get online(): boolean {
    return browserOnline && answering;
  },

  /** Who doesn't answer, and since when; undefined while all do. */
  get away(): { who: 'server' | 'database'; since: string } | undefined {
    if (!this.online) return { who: 'server', since: instant() };
    return databaseAnswering ? undefined : { who: 'database', since: instant() };
  },

  /** True once the server said that nobody is signed in here. */
  get signedOut(): boolean {
    return signedOut;
  },
};

/** An answer came, be it a refusal. */
export function noteAnswer(code?: string): void {
  answering = true;
  databaseAnswering = code !== 'database_unavailable';
  note();
  if (leaving) return;
  if (code === 'unauthenticated' || code === 'sign_in_required') signedOut = true;
}

/** A call got no answer. */
export function noteNoAnswer(): void {
  answering = false;
  note();
}

/** How long a server may take to say that it lives (ms). */
const livesWithinMs = 10_000;

const askWhetherItLives = () =>
  fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(livesWithinMs) });

/**
 * The stream of events broke. That alone proves nothing: streams are cut, refused and held up where
 * calls are answered. So the server is asked; only silence means that it is away.
 */
export async function noteBrokenStream(ask: () => Promise<unknown> = askWhetherItLives) {
  try {
    await ask();
    answering = true;
    note();
  } catch {
    noteNoAnswer();
  }
}

function note(): void {
  const well = browserOnline && answering && databaseAnswering;
  awaySince = well ? undefined : (awaySince ?? Date.now());
}

const instant = () => new Date(awaySince ?? Date.now()).toISOString();

/** Somebody is signing out, or did not get out after all. */
export function noteLeaving(now: boolean): void {
  leaving = now;
}

/** Somebody signed in. */
export function noteSignedIn(): void {
  leaving = false;
  signedOut = false;
}

/** Follows the browser's own idea of the network; answers the function that ends it. */
export function watchBrowser(): () => void {
  const update = () => {
    browserOnline = navigator.onLine;
    note();
  };
  update();
  window.addEventListener('online', update);
  window.addEventListener('offline', update);
  return () => {
    window.removeEventListener('online', update);
    window.removeEventListener('offline', update);
  };
}
