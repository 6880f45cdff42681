import { BUILD_CACHE } from './shell';

/**
 * This tab needs its build's files as long as it lives: it holds the build's lock. The cache of an
 * older build goes when that one's lock is free, which is when its last tab is gone, however it ended.
 */
export function holdBuild(version: string): void {
  if (!('locks' in navigator)) return;
  const own = `${BUILD_CACHE}${version}`;
  const forEver = new Promise<never>(() => undefined);
  void navigator.locks.request(own, { mode: 'shared' }, () => forEver);
  const waited = new Set<string>();
  const dropOlder = async () => {
    for (const name of await caches.keys()) {
      if (!isOlder(name, own) || waited.has(name)) continue;
      waited.add(name);
      void navigator.locks.request(name, () => caches.delete(name));
    }
  };
  void dropOlder();
  // Another worker took this tab over: it has kept another build.
  navigator.serviceWorker.addEventListener('controllerchange', () => void dropOlder());
}

/** Builds are named by the time at which they were made. */
function isOlder(name: string, own: string): boolean {
  if (!name.startsWith(BUILD_CACHE)) return false;
  return Number(name.slice(BUILD_CACHE.length)) < Number(own.slice(BUILD_CACHE.length));
}
