import { afterEach, describe, expect, it, vi } from 'vitest';
import { offlinePages, startOffline } from './offline-pages.svelte';

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
