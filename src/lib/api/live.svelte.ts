import { server } from './client';
import { noteAnswer, noteNoAnswer } from './connection.svelte';
import { describeError } from './errors';
import { noteEvent, noteGap } from './query.svelte';

/** The part of the client that carries events; tests give another. */
type Subscribe = typeof server.live.events.subscribe;

/** A stream that ended is opened again after so long (ms). */
const againMs = 2000;

/** How long a page waits for its stream before it asks without one (ms). */
const patienceMs = 250;

export interface LiveStream {
  /** Resolves once events come, or once waiting for them isn't worth it. */
  readonly started: Promise<void>;
  close(): void;
}

/**
 * Follows what changes on the server and says so to the queries. A stream that breaks comes back by
 * itself with the events that it missed, as far as the server still has them; what was asked before
 * it started may be old all the same, be it the first start or a later one, so it is asked again.
 */
export function followLive(subscribe: Subscribe = server.live.events.subscribe): LiveStream {
  let closed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let subscription: { unsubscribe(): void } | undefined;
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  setTimeout(start, patienceMs);

  function open(): void {
    if (closed) return;
    subscription = subscribe(
      {},
      {
        onStarted: () => {
          noteAnswer();
          noteGap(performance.now());
          start();
        },
        onConnectionStateChange: (state) => {
          if (state.state === 'connecting' && state.error) noteNoAnswer();
          if (state.state === 'pending') noteAnswer();
        },
        onData: ({ data }) => noteEvent(data),
        onError: (error) => {
          if (describeError(error).code === 'offline') noteNoAnswer();
          again();
        },
        onComplete: again,
      },
    );
  }

  function again(): void {
    subscription?.unsubscribe();
    if (closed) return;
    clearTimeout(retry);
    retry = setTimeout(open, againMs);
  }

  open();
  return {
    started,
    close() {
      closed = true;
      clearTimeout(retry);
      subscription?.unsubscribe();
    },
  };
}

let current: LiveStream | undefined;

/** The stream of the person who is signed in; opened when their first page loads. */
export function openLive(): LiveStream {
  return (current ??= followLive());
}

/** Ends it, when they leave. */
export function closeLive(): void {
  current?.close();
  current = undefined;
}
