import { dev, version } from '$app/environment';
import { updated } from '$app/state';
import { holdBuild } from './build-lock';
import { BUILD_CACHE } from './shell';

/** Whether this browser can open the page without the server, or why not. */
export type OfflinePages =
  | { kind: 'unknown' }
  | { kind: 'on' }
  /** The server has them switched off, or this is a development build. */
  | { kind: 'off' }
  /** Browsers keep pages for addresses that nobody can tamper with: https, or this machine. */
  | { kind: 'insecure' }
  | { kind: 'unsupported' }
  | { kind: 'failed'; message: string };

/** Whether this tab has taken its build's lock. */
let held = false;
let state = $state.raw<OfflinePages>({ kind: 'unknown' });

const words: Record<OfflinePages['kind'], string> = {
  unknown: '',
  on: 'This page opens without the server too.',
  off: 'The server has offline pages switched off: keep this tab open.',
  insecure:
    'This address isn’t secure (https), so the browser can’t open the page without the server: keep this tab open.',
  unsupported: 'This browser can’t open the page without the server: keep this tab open.',
  failed: 'The page could not be kept for opening without the server: keep this tab open.',
};

export const offlinePages = {
  get state(): OfflinePages {
    return state;
  },

  /** What that means for somebody who is offline; '' while it isn't known. */
  get words(): string {
    return words[state.kind];
  },
};

/** Keeps the build for opening it offline, or forgets it where the server doesn't want that. */
export async function startOffline(wanted: boolean): Promise<void> {
  if (!isSecureContext) state = { kind: 'insecure' };
  else if (!('serviceWorker' in navigator) || !('caches' in window))
    state = { kind: 'unsupported' };
  else if (dev || !wanted) {
    await forget();
    state = { kind: 'off' };
  } else {
    try {
      if (!held) holdBuild(version);
      held = true;
      await navigator.serviceWorker.register('/service-worker.js', { updateViaCache: 'none' });
      await navigator.serviceWorker.ready;
      state = { kind: 'on' };
    } catch (error) {
      state = { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** A server that has just come back may refuse the first comparison: after so long there is a second (ms). */
const onceMoreMs = 5_000;

/** Compares builds: after an absence the server may have another one. */
export async function compareBuilds(): Promise<void> {
  await compare();
  if (!updated.current) setTimeout(() => void compare(), onceMoreMs);
}

async function compare(): Promise<void> {
  const [registration] = await Promise.all([
    navigator.serviceWorker?.getRegistration(),
    updated.check().catch(() => false),
  ]);
  // A worker that can't be fetched now is fetched at the next chance.
  await registration?.update().catch(() => undefined);
}

async function forget(): Promise<void> {
  for (const registration of await navigator.serviceWorker.getRegistrations())
    await registration.unregister();
  for (const name of await caches.keys())
    if (name.startsWith(BUILD_CACHE)) await caches.delete(name);
}
