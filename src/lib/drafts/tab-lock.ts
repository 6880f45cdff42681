/** Whether this tab may edit the draft, or looks on while another one does. */
export type TabRole = 'editing' | 'watching';

export interface TabLock {
  /** Takes the draft over from the tab that has it; that tab then looks on. */
  takeOver(): void;
  /** Tells the other tabs that something new is in the browser's store. */
  announce(): void;
  release(): void;
}

/**
 * One tab edits a draft; others look on and follow what it stores.
 *
 * The Web Locks API decides (a killed tab frees its lock), a broadcast channel carries the news.
 * Where the browser lacks locks, every tab may edit: the compare-and-set on the server still lets
 * nothing be overwritten.
 */
export function lockDraft(
  key: string,
  on: { role: (role: TabRole) => void; news: () => void },
): TabLock {
  const name = `byteor-draft:${key}`;
  const channel = new BroadcastChannel(name);
  channel.addEventListener('message', () => on.news());
  let released = false;
  let letGo: (() => void) | null = null;
  let waiting: AbortController | null = null;

  const hold = () =>
    new Promise<void>((resolve) => {
      letGo = resolve;
      if (released) resolve();
      else on.role('editing');
    });

  const request = (options: LockOptions) => {
    navigator.locks.request(name, options, hold).catch((cause: unknown) => {
      // Stolen by another tab, or our own wait was called off.
      if (released || (cause instanceof DOMException && options.signal?.aborted)) return;
      on.role('watching');
      wait();
    });
  };
  const wait = () => {
    waiting = new AbortController();
    request({ signal: waiting.signal });
  };

  if (!('locks' in navigator)) on.role('editing');
  else {
    void navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (released) return undefined;
        if (lock) return hold();
        on.role('watching');
        wait();
        return undefined;
      })
      .catch(() => {
        // Stolen from the first holder: the same as above.
        if (released) return;
        on.role('watching');
        wait();
      });
  }

  return {
    takeOver() {
      if (!('locks' in navigator)) return;
      waiting?.abort();
      request({ steal: true });
    },
    announce: () => channel.postMessage('stored'),
    release() {
      released = true;
      waiting?.abort();
      letGo?.();
      channel.close();
    },
  };
}
