import { afterEach, expect, test, vi } from 'vitest';
import { holdBuild } from './build-lock';
import { BUILD_CACHE, SHELL } from './shell';

afterEach(() => vi.unstubAllGlobals());

/** A browser that keeps these builds, each with what stands in its cache; no other tab is open. */
function browser(kept: Record<string, string[]>) {
  const builds = new Map(
    Object.entries(kept).map(([version, files]) => [BUILD_CACHE + version, new Set(files)]),
  );
  const serviceWorker = new EventTarget();
  vi.stubGlobal('caches', {
    keys: async () => [...builds.keys()],
    has: async (name: string) => builds.has(name),
    open: async (name: string) => ({
      match: async (file: string) => (builds.get(name)?.has(file) ? new Response() : undefined),
    }),
    delete: async (name: string) => builds.delete(name),
  });
  vi.stubGlobal('navigator', {
    serviceWorker,
    locks: {
      request: async (...given: unknown[]) => (given.at(-1) as () => unknown)(),
    },
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
  return { builds, serviceWorker, settled };
}

test('an older build goes when this one is kept, and not before', async () => {
  const { builds, serviceWorker, settled } = browser({ 1: ['/a.js', SHELL], 2: ['/b.js'] });
  holdBuild('2');
  await settled();
  expect([...builds.keys()]).toEqual([`${BUILD_CACHE}1`, `${BUILD_CACHE}2`]);
  builds.get(`${BUILD_CACHE}2`)?.add(SHELL);
  serviceWorker.dispatchEvent(new Event('controllerchange'));
  await settled();
  expect([...builds.keys()]).toEqual([`${BUILD_CACHE}2`]);
});

test('an older build is what there is while nothing of this one is kept', async () => {
  const { builds, settled } = browser({ 1: [SHELL] });
  holdBuild('2');
  await settled();
  expect(builds.size).toBe(1);
});
