import { afterEach, describe, expect, it, vi } from 'vitest';
import { holdBuild } from './build-lock';
import { offlinePages, startOffline } from './offline-pages.svelte';
import { SHELL } from './shell';

describe('keeping the page for opening it without the server', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is absent on an address that isn’t secure, and says why', async () => {
    vi.stubGlobal('isSecureContext', false);
    const register = vi.spyOn(navigator.serviceWorker, 'register');
    await startOffline(true);
    expect(register).not.toHaveBeenCalled();
    expect(offlinePages.state.kind).toBe('insecure');
    expect(offlinePages.words).toMatch(/https/u);
    register.mockRestore();
  });

  it('forgets what was kept where the server wants none', async () => {
    await caches.open('byteor-build-1');
    await caches.open('somebody-elses');
    await startOffline(false);
    expect(await caches.keys()).toEqual(['somebody-elses']);
    expect(offlinePages.state.kind).toBe('off');
    await caches.delete('somebody-elses');
  });
});

it('an older build’s files stay for its tabs and go with the last of them; newer ones stay', async () => {
  for (const build of [1, 2, 3]) await caches.open(`byteor-build-${build}`);
  // The newer build is whole: its shell is put there last.
  await (await caches.open('byteor-build-2')).put(SHELL, new Response());
  // Two tabs of the older build.
  const close: (() => void)[] = [];
  for (let tab = 0; tab < 2; tab += 1) {
    await new Promise<void>((open) => {
      void navigator.locks.request('byteor-build-1', { mode: 'shared' }, () => {
        open();
        return new Promise<void>((resolve) => close.push(resolve));
      });
    });
  }
  holdBuild('2');
  close[0]?.();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await caches.keys()).toEqual(['byteor-build-1', 'byteor-build-2', 'byteor-build-3']);
  close[1]?.();
  await expect.poll(() => caches.keys()).toEqual(['byteor-build-2', 'byteor-build-3']);
  for (const build of [2, 3]) await caches.delete(`byteor-build-${build}`);
});
