import { deleteDB, openDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { emptyLayout } from '$lib/document/content';
import { openLocalDrafts, type LocalDraft } from './local-store';

const draft = (text: string): LocalDraft => ({
  key: 'ada/d1',
  draftId: 'd1',
  content: { text, target: 'single_ring', layout: emptyLayout },
  baseRevision: 1,
  baseFingerprint: null,
  name: 'orders',
  environmentId: null,
  savedAt: 0,
});

describe('the drafts of a browser in which two versions of the page are open', () => {
  const open: { close(): void }[] = [];
  afterEach(async () => {
    for (const connection of open.splice(0)) connection.close();
    await deleteDB('byteor-drafts');
  });

  it('the older one writes what it has, gives way, and says so', async () => {
    const outdated = vi.fn();
    const older = openLocalDrafts({
      givingWay: () => older.put(draft('typed last')),
      outdated,
    });
    await older.put(draft('typed first'));

    const newer = await openDB('byteor-drafts', 2);
    open.push(newer);
    expect(outdated).toHaveBeenCalledOnce();
    expect((await newer.get('drafts', 'ada/d1')).content.text).toBe('typed last');
    await expect(older.put(draft('too late'))).rejects.toMatchObject({
      code: 'draft_store_outdated',
    });
  });

  it('a write that fails or never ends doesn’t hold the newer one up for long', async () => {
    const older = openLocalDrafts({ givingWay: () => new Promise(() => undefined) });
    await older.put(draft('typed first'));
    const from = performance.now();
    open.push(await openDB('byteor-drafts', 2));
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  it('an older one that is opened afterwards says so too, and touches nothing', async () => {
    open.push(await openDB('byteor-drafts', 2));
    const outdated = vi.fn();
    await expect(openLocalDrafts({ outdated }).get('ada/d1')).rejects.toMatchObject({
      code: 'draft_store_outdated',
    });
    expect(outdated).toHaveBeenCalledOnce();
  });

  it('a newer one says that it waits for one that knows nothing of giving way, and goes on', async () => {
    const deaf = await openDB('byteor-drafts', 1, {
      upgrade(db) {
        db.createObjectStore('drafts', { keyPath: 'key' });
      },
    });
    await deaf.put('drafts', draft('kept'));
    const waiting = vi.fn();
    const found = openLocalDrafts({ waiting }, 2).get('ada/d1');
    await expect.poll(() => waiting.mock.calls.length).toBe(1);
    deaf.close();
    expect((await found)?.content.text).toBe('kept');
  });

  it('is made anew when the store was deleted under it', async () => {
    const outdated = vi.fn();
    const drafts = openLocalDrafts({ outdated });
    await drafts.put(draft('typed first'));
    await deleteDB('byteor-drafts');
    await drafts.put(draft('typed on'));
    expect((await drafts.get('ada/d1'))?.content.text).toBe('typed on');
    expect(outdated).not.toHaveBeenCalled();
  });
});
