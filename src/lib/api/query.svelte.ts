import { untrack } from 'svelte';
import { describeError, type AppErrorShape } from './errors';

/**
 * Answers of the server, kept by key and loaded again when something they show has changed.
 *
 * A query names its topics: a kind of live event (`deployment`) or one thing (`deployment:<id>`). An
 * event with that topic makes it stale; stale answers that are on the page are loaded again at once,
 * and stay on the page meanwhile, the others when they are next needed.
 */
export interface QueryOptions<T> {
  key: string;
  load: () => Promise<T>;
  topics?: readonly string[];
  /** Asks again after so many milliseconds, for what changes by time alone: silence has no event. */
  pollMs?: number;
}

/** What a component sees of a query. */
export interface Query<T> {
  readonly data: T | undefined;
  readonly error: AppErrorShape | undefined;
  readonly loading: boolean;
  refetch(): Promise<void>;
}

/** Bursts of events, as while a pipeline runs, become at most one call in this time (ms). */
const calm = 200;

class Entry<T> implements Query<T> {
  data = $state.raw<T | undefined>();
  error = $state.raw<AppErrorShape | undefined>();
  loading = $state(false);
  load: () => Promise<T>;
  topics: ReadonlySet<string>;
  #users = 0;
  #stale = true;
  #running: Promise<void> | undefined;
  #again = false;
  readonly #pollMs: number | undefined;
  #poll: ReturnType<typeof setInterval> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: QueryOptions<T>) {
    this.load = options.load;
    this.topics = new Set(options.topics);
    this.#pollMs = options.pollMs;
  }

  get used(): boolean {
    return this.#users > 0;
  }

  attach(): () => void {
    this.#users++;
    if (this.#users === 1 && this.#pollMs !== undefined) {
      this.#poll = setInterval(() => {
        if (document.visibilityState === 'visible') void this.refetch();
      }, this.#pollMs);
    }
    if (this.#stale && this.#running === undefined) void this.refetch();
    return () => {
      this.#users--;
      if (this.#users === 0) clearInterval(this.#poll);
    };
  }

  invalidate(): void {
    this.#stale = true;
    if (!this.used || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.refetch();
    }, calm);
  }

  refetch(): Promise<void> {
    if (this.#running !== undefined) {
      // What is under way may have been read before the change: ask once more after it.
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#fetch().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #fetch(): Promise<void> {
    this.loading = true;
    do {
      this.#again = false;
      this.#stale = false;
      try {
        this.data = await this.load();
        this.error = undefined;
      } catch (error) {
        this.error = describeError(error);
        this.#stale = true;
      }
    } while (this.#again && this.error === undefined);
    this.loading = false;
  }
}

// Looked up by key, never listened to: what is reactive is inside the entries.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const entries = new Map<string, Entry<unknown>>();

function entryFor<T>(options: QueryOptions<T>): Entry<T> {
  const known = entries.get(options.key) as Entry<T> | undefined;
  if (known !== undefined) {
    known.load = options.load;
    return known;
  }
  const made = new Entry(options);
  entries.set(options.key, made as Entry<unknown>);
  return made;
}

/**
 * Loads and follows what `options` names, for as long as the component lives. Answer `undefined` from
 * `options` while what it needs isn't known yet.
 */
export function useQuery<T>(options: () => QueryOptions<T> | undefined): Query<T> {
  const entry = $derived.by(() => {
    const wanted = options();
    return wanted === undefined ? undefined : untrack(() => entryFor(wanted));
  });
  $effect(() => {
    const current = entry;
    return current === undefined ? undefined : untrack(() => current.attach());
  });
  return {
    get data() {
      return entry?.data;
    },
    get error() {
      return entry?.error;
    },
    get loading() {
      return entry?.loading ?? true;
    },
    refetch: async () => entry?.refetch(),
  };
}

/** Says that something has changed; see {@link QueryOptions} for topics. */
export function invalidate(...topics: string[]): void {
  for (const entry of entries.values()) {
    if (topics.some((topic) => entry.topics.has(topic))) entry.invalidate();
  }
}

/** Says that anything may have changed, as after a time without connection. */
export function invalidateEverything(): void {
  for (const entry of entries.values()) entry.invalidate();
}

/** Forgets every answer: another person may be signed in now. */
export function forgetEverything(): void {
  entries.clear();
}
