import { createSubscriber } from 'svelte/reactivity';

/**
 * The time, for whatever shows how long ago or how soon. One timer serves all of them and runs only
 * while someone reads it.
 */
const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** Milliseconds since the epoch; inside an effect or a template it ticks every second. */
export function now(): number {
  subscribe();
  return Date.now();
}
