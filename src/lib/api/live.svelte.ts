import { server } from './client';
import { noteAnswer, noteBrokenStream } from './connection.svelte';
import { describeError } from './errors';
import { restWhileHidden, type Resting } from './hidden-tabs';
import { ageUnused, noteEvent, noteGap, onWantedChange, wantedTopics } from './query.svelte';
import { kindOf, topicKinds, type Topic } from './topics';

/** The part of the client that carries events; tests give another. */
type Subscribe = typeof server.live.events.subscribe;

/** A stream that ended is opened again after so long (ms). */
const againMs = 2000;

/** How long a page waits for its stream before it asks without one (ms). */
const patienceMs = 250;

export interface LiveStream extends Resting {
  /** Resolves once events come, or once waiting for them isn't worth it. */
  readonly started: Promise<void>;
  close(): void;
}

/** How long a page is looked at before its stream is told what it shows (ms). */
const settledMs = 3000;

/** More than the server takes; a page that shows so much hears of whole kinds. */
const mostTopics = 150;

/** The kinds of events, and single things, that a page shows: what its stream brings. */
function topicsOfPage(): Topic[] {
  const wanted = wantedTopics();
  const kinds = topicKinds.filter((kind) => wanted.has(kind));
  const rest = [...wanted].filter((topic) => !wanted.has(kindOf(topic)));
  return rest.length > mostTopics
    ? topicKinds.filter((kind) => [...wanted].some((topic) => kindOf(topic) === kind))
    : [...kinds, ...rest];
}

/**
 * Follows what changes on the server and says so to the queries. A stream that breaks comes back by
 * itself with the events that it missed, as far as the server still has them; what was asked before
 * it started may be old all the same, be it the first start or a later one, so it is asked again.
 *
 * It begins with everything, and is told what the page shows once that is known; where the page comes
 * to show something else, another stream takes its place, from the last event on.
 */
export function followLive(subscribe: Subscribe = server.live.events.subscribe): LiveStream {
  let closed = false;
  /** Nobody looks: no connection is kept, and what is missed is asked again. */
  let resting = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;
  let subscription: { unsubscribe(): void } | undefined;
  /** Heard until the newest one has started; each takes one of the few connections to the server. */
  let older: { unsubscribe(): void }[] = [];
  /** What the stream brings; null is everything. */
  let topics: readonly Topic[] | null = null;
  /** Which stream is the one that counts. */
  let generation = 0;
  /** Whether it said that it hears, and wasn't broken since: only then nothing is missed of what it brings. */
  let hears = false;
  /** The last event that came, for the stream that takes over. */
  let place: string | undefined;
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  setTimeout(start, patienceMs);

  function end(streams: readonly { unsubscribe(): void }[]): void {
    for (const stream of streams) stream.unsubscribe();
  }

  /**
   * What is heard now goes on until the new one says that it hears, so that nothing falls between. That
   * its connection stands says less: the server may not listen yet. One that doesn't hear brings nothing
   * yet, and ends at once.
   */
  function open(heardAll = false): void {
    if (closed || resting) return;
    const own = (generation += 1);
    const goesOn = subscription !== undefined && place !== undefined;
    const takesOver = goesOn && heardAll && hears;
    if (subscription !== undefined && hears) older.push(subscription);
    else subscription?.unsubscribe();
    let first = true;
    hears = false;

    function begun(): void {
      noteAnswer();
      hears = true;
      if (!first || !goesOn) noteGap(performance.now());
      first = false;
      // At once: a browser has six connections for all tabs, and calls wait for one.
      end(older);
      older = [];
      start();
    }

    subscription = subscribe(
      {
        ...(topics === null ? {} : { topics: [...topics] }),
        ...(place === undefined ? {} : { lastEventId: place }),
        ...(takesOver ? { takesOver } : {}),
      },
      {
        onConnectionStateChange: (state) => {
          if (own !== generation) return;
          if (state.state === 'connecting') hears = false;
          if (state.state === 'connecting' && state.error) void noteBrokenStream();
          if (state.state === 'pending') noteAnswer();
        },
        onData: ({ id, data }) => {
          if (own === generation) place = id;
          if (data.type !== 'hears') noteEvent(data);
          else if (own === generation) begun();
        },
        onError: (error) => {
          if (own !== generation) return;
          if (describeError(error).code === 'offline') void noteBrokenStream();
          again();
        },
        onComplete: () => {
          if (own === generation) again();
        },
      },
    );
  }

  function again(): void {
    hears = false;
    subscription?.unsubscribe();
    subscription = undefined;
    end(older);
    older = [];
    clearTimeout(retry);
    if (closed || resting) return;
    retry = setTimeout(() => open(), againMs);
  }

  const bringsTooLittle = (wanted: readonly Topic[]): boolean =>
    topics !== null &&
    wanted.some((topic) => !topics?.includes(topic) && !topics?.includes(kindOf(topic)));

  /** Another stream where the page shows what this one doesn't bring, or less than it does. */
  function adjust(): void {
    if (closed || subscription === undefined) return;
    const wanted = topicsOfPage();
    const missing = bringsTooLittle(wanted);
    if (!missing && topics?.every((topic) => wanted.includes(topic))) return;
    ageUnused();
    topics = wanted;
    open(!missing);
  }

  onWantedChange(() => {
    clearTimeout(settling);
    settling = setTimeout(adjust, bringsTooLittle(topicsOfPage()) ? 50 : settledMs);
  });
  open();
  return {
    started,
    rest() {
      if (closed || resting) return;
      resting = true;
      again();
    },
    wake() {
      if (!resting) return;
      resting = false;
      open();
    },
    close() {
      closed = true;
      onWantedChange(undefined);
      clearTimeout(retry);
      clearTimeout(settling);
      subscription?.unsubscribe();
      end(older);
      older = [];
    },
  };
}

let current: LiveStream | undefined;
/** Ends the watch on whether the tab is seen. */
let unwatch: (() => void) | undefined;

/** The stream of the person who is signed in; opened when their first page loads. */
export function openLive(): LiveStream {
  if (!current) {
    current = followLive();
    unwatch = restWhileHidden(current);
  }
  return current;
}

/** Ends it, when they leave. */
export function closeLive(): void {
  unwatch?.();
  unwatch = undefined;
  current?.close();
  current = undefined;
}
