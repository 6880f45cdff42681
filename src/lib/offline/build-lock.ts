import { BUILD_CACHE, SHELL } from './shell';

/**
 * This tab needs its build's files as long as it lives: it holds the build's lock. The cache of an
 * older build goes when that one's lock is free, which is when its last tab is gone, however it ended,
 * and not before this build is kept: until then the older one is what opens without the server.
 */
export function holdBuild(version: string): void {
  if (!('locks' in navigator)) return;
  const own = `${BUILD_CACHE}${version}`;
  const forEver = new Promise<never>(() => undefined);
  void navigator.locks.request(own, { mode: 'shared' }, () => forEver);
  const waited = new Set<string>();
  const dropOlder = async () => {
    if (!(await isKept(own))) return;
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

/** Whether all of a build is kept: its shell is put there last. */
async function isKept(name: string): Promise<boolean> {
  if (!(await caches.has(name))) return false;
  return (await (await caches.open(name)).match(SHELL)) !== undefined;
}

/** Builds are named by the time at which they were made. */
function isOlder(name: string, own: string): boolean {
  if (!name.startsWith(BUILD_CACHE)) return false;
  return Number(name.slice(BUILD_CACHE.length)) < Number(own.slice(BUILD_CACHE.length));
}
