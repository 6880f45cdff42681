import { untrack } from 'svelte';
import type { LiveEvent } from '$server/live/bus';
import { describeError, type AppErrorShape } from './errors';
import { topicsOf, type Topic } from './topics';

/**
 * Answers of the server, kept by input and loaded again when something they show has changed.
 *
 * An event with one of a query's topics makes it stale; stale answers that are on the page are
 * loaded again at once, and stay on the page meanwhile, the others when they are next needed.
 * The queries themselves stand in `queries.ts`, and nowhere else.
 */
export interface QueryDefinition<Input, Answer> {
  /** What makes the answer stale. */
  topics?: (input: Input) => readonly Topic[];
  /** Asks again after so many milliseconds, for what changes by time alone: silence has no event. */
  everyMs?: number;
  /** Whether the answer that is held already tells what the event is about, so nothing is fetched. */
  knows?: (held: Answer, event: LiveEvent) => boolean;
}

/** A query with its input: what {@link useQuery}, {@link ask} and {@link amend} are given. */
export interface Asked<Answer> {
  /** Asks the server, past anything that is held. */
  load(): Promise<Answer>;
  /** Where the answer is held. */
  entry(): Entry<Answer>;
}

/** What a component sees of a query. */
export interface Query<T> {
  readonly data: T | undefined;
  readonly error: AppErrorShape | undefined;
  readonly loading: boolean;
  /** The answer is from an earlier visit, and may have changed since: no event told of it meanwhile. */
  readonly held: boolean;
  refetch(): Promise<void>;
}

/** Bursts of events, as while a pipeline runs, become at most one call in this time (ms). */
const calm = 200;

/** What goes wrong on the way, and not by what was asked. */
const passing = new Set(['offline', 'database_unavailable', 'rate_limited', 'internal']);

/** How long what is shown stays old after calls for it went wrong in that way, one after the other (ms). */
const againAfter = [2_000, 4_000, 8_000, 15_000];

class Entry<T> implements Query<T> {
  data = $state.raw<T | undefined>();
  error = $state.raw<AppErrorShape | undefined>();
  loading = $state(false);
  held = $state(false);
  readonly topics: ReadonlySet<Topic>;
  readonly #load: () => Promise<T>;
  readonly #everyMs: number | undefined;
  readonly #knows: ((held: T, event: LiveEvent) => boolean) | undefined;
  #users = 0;
  #stale = true;
  #running: Promise<void> | undefined;
  #again = false;
  #askedAt = -Infinity;
  #poll: ReturnType<typeof setInterval> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Calls that went wrong on the way, one after the other, and when the next is tried. */
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Events since the last call, while it may turn out that what is held tells of them. */
  #doubts: LiveEvent[] = [];
  #amending = 0;

  constructor(
    load: () => Promise<T>,
    topics: readonly Topic[],
    { everyMs, knows }: Pick<QueryDefinition<never, T>, 'everyMs' | 'knows'>,
  ) {
    this.#load = load;
    // Looked up, never listened to; so are the two collections below.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    this.topics = new Set(topics);
    this.#everyMs = everyMs;
    this.#knows = knows;
  }

  get used(): boolean {
    return this.#users > 0;
  }

  attach(): () => void {
    this.#users++;
    if (this.#users === 1) wantedChanged?.();
    if (this.#users === 1 && this.#everyMs !== undefined) {
      const everyMs = this.#everyMs;
      // What was left and is come back to may have aged meanwhile.
      if (performance.now() - this.#askedAt >= everyMs) this.#age();
      this.#poll = setInterval(() => {
        if (document.visibilityState === 'visible') void this.refetch();
      }, everyMs);
    }
    if (this.#stale && this.#running === undefined) void this.refetch();
    return () => {
      this.#users--;
      if (this.#users === 0) {
        clearInterval(this.#poll);
        clearTimeout(this.#retry);
        wantedChanged?.();
      }
    };
  }

  /** Takes note of a change; without an event anything may have changed. */
  invalidate(event?: LiveEvent): void {
    if (event && this.#knows && this.used && !this.#stale) this.#doubts.push(event);
    else if (this.used) this.#stale = true;
    else this.#age();
    if (this.used) this.#timer ??= setTimeout(() => this.#judge(), calm);
  }

  /** Nothing is told about it any more: what is held has aged by the time it is shown again. */
  ageUnused(): void {
    if (!this.used) this.#age();
  }

  /** What is held was true when it was left, and is shown again before anybody asked anew. */
  #age(): void {
    this.#stale = true;
    this.held = this.data !== undefined;
  }

  /** The same, unless the server was asked after `instant` (of `performance.now()`). */
  invalidateUnlessAskedSince(instant: number): void {
    if (this.#askedAt < instant) this.invalidate();
  }

  /** Runs a change that this page makes itself, and holds what it is known to lead to. */
  async amend<A>(change: () => Promise<A>, apply: (held: T, answer: A) => T): Promise<A> {
    this.#amending++;
    try {
      const answer = await change();
      if (this.data !== undefined) this.data = apply(this.data, answer);
      // A call that is under way may answer with what was before.
      if (this.#running !== undefined) this.#again = true;
      return answer;
    } finally {
      this.#amending--;
      if (this.#amending === 0 && this.#timer === undefined) this.#judge();
    }
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

  /** Asks again where something has changed that what is held doesn't tell. */
  #judge(): void {
    this.#timer = undefined;
    // The events of a change of our own come before or after its answer: the answer decides.
    if (this.#amending > 0) return;
    const { data } = this;
    this.#stale ||= this.#doubts.some((event) => data === undefined || !this.#knows?.(data, event));
    this.#doubts = [];
    if (this.#stale && this.used) void this.refetch();
  }

  /** No event may come any more for what is shown, and its stream may be whole: only a call makes it current. */
  #tryLater(code: string): void {
    if (this.data === undefined || !this.used || !passing.has(code)) return;
    const wait = againAfter[Math.min(this.#failures, againAfter.length - 1)];
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (this.used && this.error !== undefined) void this.refetch();
    }, wait);
  }

  async #fetch(): Promise<void> {
    this.loading = true;
    do {
      this.#again = false;
      this.#stale = false;
      this.#askedAt = performance.now();
      try {
        this.data = await this.#load();
        this.error = undefined;
        this.held = false;
        this.#failures = 0;
      } catch (error) {
        this.error = describeError(error);
        this.#stale = true;
        this.#tryLater(this.error.code);
      }
    } while (this.#again && this.error === undefined);
    this.loading = false;
  }
}

export type { Entry };

/** Every answer that is held, over all queries. */
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const entries = new Set<Entry<unknown>>();
/** Hears that other answers are on the page than before. */
let wantedChanged: (() => void) | undefined;

/** Tells when other answers are on the page than before; for the stream alone. */
export function onWantedChange(listener: (() => void) | undefined): void {
  wantedChanged = listener;
}

/** What the answers that are on the page can be stale on. */
export function wantedTopics(): ReadonlySet<Topic> {
  const used = [...entries].filter((entry) => entry.used);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  return new Set(used.flatMap((entry) => [...entry.topics]));
}

/** Says that nothing is told any more about what isn't on the page. */
export function ageUnused(): void {
  for (const entry of entries) entry.ageUnused();
}

/** How to forget the answers of each query. */
const forget: (() => void)[] = [];

/** A procedure of the server that only reads, as the client has it. */
interface Procedure<Input, Answer> {
  query(input: Input): Promise<Answer>;
}

/** Defines a query; called in `queries.ts` alone. */
export function defineQuery<Input, Answer>(
  procedure: Procedure<Input, Answer>,
  definition: QueryDefinition<NonNullable<Input>, Answer> = {},
) {
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  const byInput = new Map<string, Entry<Answer>>();
  forget.push(() => byInput.clear());
  return (input: Input): Asked<Answer> => {
    const load = () => procedure.query(input);
    return {
      load,
      entry() {
        const key = JSON.stringify(input) ?? '';
        let entry = byInput.get(key);
        if (entry === undefined) {
          const topics = definition.topics?.(input as NonNullable<Input>) ?? [];
          entry = new Entry(load, topics, definition);
          byInput.set(key, entry);
          entries.add(entry as Entry<unknown>);
        }
        return entry;
      },
    };
  };
}

/**
 * Loads and follows what `asked` names, for as long as the component lives. Answer `undefined` from
 * `asked` while what it needs isn't known yet.
 */
export function useQuery<T>(asked: () => Asked<T> | undefined): Query<T> {
  const entry = $derived.by(() => {
    const wanted = asked();
    return wanted === undefined ? undefined : untrack(() => wanted.entry());
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
    get held() {
      return entry?.held ?? false;
    },
    refetch: async () => entry?.refetch(),
  };
}

/** Asks once, now, and holds nothing: for what isn't followed. */
export function ask<T>(asked: Asked<T>): Promise<T> {
  return asked.load();
}

/**
 * Makes a change on the server whose effect on a query the page knows itself. `apply` makes the new
 * answer out of the held one; live events that tell of nothing else fetch nothing.
 */
export function amend<T, A>(
  asked: Asked<T>,
  change: () => Promise<A>,
  apply: (held: T, answer: A) => T,
): Promise<A> {
  return asked.entry().amend(change, apply);
}

/** Says that something has changed: what the page itself changed, when no answer tells how. */
export function invalidate(...topics: Topic[]): void {
  for (const entry of entries) {
    if (topics.some((topic) => entry.topics.has(topic))) entry.invalidate();
  }
}

/** Says what a live event tells. */
export function noteEvent(event: LiveEvent): void {
  const topics = topicsOf(event);
  for (const entry of entries) {
    if (topics.some((topic) => entry.topics.has(topic))) entry.invalidate(event);
  }
}

/** Says that anything may have changed since `instant` (of `performance.now()`), and went untold. */
export function noteGap(instant: number): void {
  for (const entry of entries) entry.invalidateUnlessAskedSince(instant);
}

/** Forgets every answer: another person may be signed in now. */
export function forgetEverything(): void {
  entries.clear();
  for (const one of forget) one();
}
