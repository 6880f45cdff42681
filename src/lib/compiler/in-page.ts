import type { WorkerAnswer } from './client';

type Compile = (request: string) => string;

export interface PageCompileOptions {
  /** Loads the core into the page. */
  load: () => Promise<Compile>;
  /** A clock in milliseconds. */
  now?: () => number;
}

/** Longest request that is compiled in the page, in UTF-16 units: some 2,000 lines. */
const LONGEST = 64_000;
/** How much of a request may be other than in the answered one: keys are typed, a paste is not. */
const A_KEY = 256;
/**
 * The longest that the last compile may have taken, wherever it was, in milliseconds. A text that is
 * slow is the worker's from the first key, whoever wrote it; so is one that was slow here just now.
 */
const LONG = 50;
/** The longest that a compile in the page may usually take, in milliseconds. */
const QUICK = 8;
/** How many compiles say what is usual: the median of so many, for the first is slow anywhere. */
const USUAL = 5;
/** How long the worker has all compiles once they aren't quick, in milliseconds; then one is tried. */
const PAUSE = 5_000;

/**
 * Compiles in the page what a key made, where that is quicker than a frame.
 *
 * Browsers hand out what a worker says only behind the frame that a key asked for; an answer that is
 * made in the key's own task is painted in that frame. Only a text that is but for a key one that was
 * answered quickly is compiled here: all else, and all at the first sign of trouble, is the
 * worker's (docs/decisions/0186-a-key-compiles-in-the-page.md).
 */
export class PageCompile {
  readonly #load: () => Promise<Compile>;
  readonly #now: () => number;
  #compile: Compile | null = null;
  #asked = false;
  /** The last request that was answered, here or by the worker, and how long that took. */
  #answered: { request: string; took: number } | null = null;
  #took: number[] = [];
  #pausedUntil = 0;

  constructor({ load, now = () => performance.now() }: PageCompileOptions) {
    this.#load = load;
    this.#now = now;
  }

  /** The answer to a compile, or null where the worker is to be asked. */
  answer(request: string): WorkerAnswer | null {
    const before = this.#answered;
    if (!before || before.took > LONG || request.length > LONGEST) return null;
    if (!differByAKey(before.request, request)) return null;
    // The first change: who only looks at a plan doesn't need the core twice.
    if (!this.#asked) this.#fetch();
    const compile = this.#compile;
    const from = this.#now();
    if (!compile || from < this.#pausedUntil) return null;
    let json: string;
    try {
      json = compile(request);
    } catch {
      // A trap leaves the instance unusable. The worker meets it too, and the client says so.
      this.#compile = null;
      return null;
    }
    const took = this.#now() - from;
    this.#time(took);
    this.#answered = { request, took };
    return { kind: 'answered', json };
  }

  /** The worker answered a compile, which took it so many milliseconds. */
  workerAnswered(request: string, took: number): void {
    this.#answered = { request, took };
  }

  /** The worker failed on a compile; what comes next is compared to nothing. */
  workerFailed(): void {
    this.#answered = null;
  }

  #fetch(): void {
    this.#asked = true;
    this.#load().then(
      (compile) => (this.#compile = compile),
      () => undefined, // The worker has the core, and goes on alone.
    );
  }

  #time(took: number): void {
    this.#took = [...this.#took.slice(1 - USUAL), took];
    if (this.#took.length < USUAL) return;
    const usual = this.#took.toSorted((a, b) => a - b)[USUAL >> 1]!;
    if (usual > QUICK) this.#pausedUntil = this.#now() + PAUSE;
  }
}

/** Whether two requests are the same but for one place, which is no longer in either than a few keys make. */
function differByAKey(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (long.length - short.length > A_KEY) return false;
  let start = 0;
  while (start < short.length && short.charCodeAt(start) === long.charCodeAt(start)) start += 1;
  let end = 0;
  const most = short.length - start;
  while (
    end < most &&
    short.charCodeAt(short.length - 1 - end) === long.charCodeAt(long.length - 1 - end)
  )
    end += 1;
  return long.length - start - end <= A_KEY;
}
