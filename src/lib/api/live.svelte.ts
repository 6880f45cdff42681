import { api } from './client';
import { noteAnswer, noteNoAnswer } from './connection.svelte';
import { describeError } from './errors';
import { invalidate, invalidateEverything } from './query.svelte';

/**
 * Follows what changes on the server and says so to the queries. The stream comes back by itself
 * with the events that it missed; after a longer break everything counts as changed. Answers the
 * function that ends it.
 */
export function followLive(): () => void {
  let stopped = false;
  let wasConnected = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let subscription: { unsubscribe(): void } | undefined;

  function open(): void {
    if (stopped) return;
    subscription = api.live.events.subscribe(
      {},
      {
        onStarted: () => {
          noteAnswer();
          if (wasConnected) invalidateEverything();
          wasConnected = true;
        },
        onConnectionStateChange: (state) => {
          if (state.state === 'connecting' && state.error) noteNoAnswer();
          if (state.state === 'pending') noteAnswer();
        },
        onData: ({ data }) => invalidate(data.type, `${data.type}:${data.id}`),
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
    if (stopped) return;
    clearTimeout(retry);
    retry = setTimeout(open, 2000);
  }

  open();
  return () => {
    stopped = true;
    clearTimeout(retry);
    subscription?.unsubscribe();
  };
}
