/** What a component sees of something that it asks for. */
export interface Answer<T> {
  readonly data: T | undefined;
  /** Why the newest question has no answer; undefined when it has, or is still asked. */
  readonly error: unknown;
  readonly busy: boolean;
}

/**
 * Asks whenever what `ask` reads has changed, and drops the answer to a question that is no longer
 * the newest, however late it comes. `ask` answers undefined while it lacks something; what it reads
 * before its first `await` counts. Until the new answer is there nothing is shown, or with `keep` the
 * last one.
 *
 * For what the compiler computes. What the server says has a home of its own: `$lib/api`.
 */
export function useAnswer<T>(
  ask: (left: AbortSignal) => Promise<T> | undefined,
  { keep = false }: { keep?: boolean } = {},
): Answer<T> {
  let told = $state.raw<{ data?: T | undefined; error?: unknown }>({});
  let busy = $state(false);

  $effect(() => {
    const left = new AbortController();
    const asked = ask(left.signal);
    // The one place where an effect writes what is read elsewhere: nothing could derive it.
    /* eslint-disable no-restricted-syntax */
    busy = asked !== undefined;
    if (asked === undefined || !keep) told = {};
    /* eslint-enable no-restricted-syntax */
    const take = (next: typeof told) => {
      if (left.signal.aborted) return;
      told = next;
      busy = false;
    };
    asked?.then(
      (data) => take({ data }),
      (error: unknown) => take({ error }),
    );
    return () => left.abort();
  });

  return {
    get data() {
      return told.data;
    },
    get error() {
      return told.error;
    },
    get busy() {
      return busy;
    },
  };
}

/** Resolves after `ms`, unless something newer is asked first: then never. */
export function pause(ms: number, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    left.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}
