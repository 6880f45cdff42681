/**
 * A sliding window in two weighted buckets in memory: the share of the last window that still
 * counts, plus this window.
 */
export interface Limit {
  requests: number;
  windowMillis: number;
}

interface Bucket {
  window: number;
  current: number;
  previous: number;
}

export interface Verdict {
  allowed: boolean;
  remaining: number;
  /** Seconds until the window moves on. */
  resetSeconds: number;
}

const FORGET_ABOVE = 10_000;

/** Asks for `cost` requests of a key's budget. What is refused costs nothing. */
export function slidingWindow(limit: Limit) {
  const buckets = new Map<string, Bucket>();
  let swept = 0;
  return (key: string, now: number, cost = 1): Verdict => {
    const window = Math.floor(now / limit.windowMillis);
    // At most once in a window: else a flood of keys would pay the sweep with each request.
    if (buckets.size > FORGET_ABOVE && swept !== window) {
      swept = window;
      for (const [name, bucket] of buckets) if (bucket.window < window - 1) buckets.delete(name);
    }
    const known = buckets.get(key) ?? { window, current: 0, previous: 0 };
    const bucket: Bucket =
      known.window === window
        ? known
        : { window, current: 0, previous: known.window === window - 1 ? known.current : 0 };
    buckets.set(key, bucket);
    const passed = (now % limit.windowMillis) / limit.windowMillis;
    const used = bucket.previous * (1 - passed) + bucket.current;
    const allowed = used + cost <= limit.requests;
    if (allowed) bucket.current += cost;
    return {
      allowed,
      remaining: Math.max(0, Math.floor(limit.requests - used - (allowed ? cost : 0))),
      resetSeconds: Math.ceil((limit.windowMillis * (1 - passed)) / 1000),
    };
  };
}
