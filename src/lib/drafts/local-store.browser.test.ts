import { deleteDB, openDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { emptyContent } from '$lib/document/content';
import type { Checkpoint, LocalDraft } from './kept';
import { openLocalDrafts } from './local-store';

const draft = (text: string): LocalDraft => ({
  key: 'ada/d1',
  draftId: 'd1',
  content: { ...emptyContent, text },
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

    const newer = await openDB('byteor-drafts', 3);
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
    open.push(await openDB('byteor-drafts', 3));
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  it('an older one that is opened afterwards says so too, and touches nothing', async () => {
    open.push(await openDB('byteor-drafts', 3));
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
    const found = openLocalDrafts({ waiting }).get('ada/d1');
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

describe('what stands beside a draft', () => {
  afterEach(() => deleteDB('byteor-drafts'));

  const checkpoint = (key: string, at: number): Checkpoint => ({
    key,
    content: draft(`at ${at}`).content,
    baseRevision: 1,
    reason: 'Typing',
    at,
  });

  it('a store of the first version keeps its drafts and checkpoints, and takes samples and cases', async () => {
    const first = await openDB('byteor-drafts', 1, {
      upgrade(db) {
        db.createObjectStore('drafts', { keyPath: 'key' });
        db.createObjectStore('checkpoints', { keyPath: 'id', autoIncrement: true }).createIndex(
          'by_key',
          'key',
        );
      },
    });
    await first.put('drafts', draft('kept'));
    await first.put('checkpoints', checkpoint('ada/d1', 5));
    first.close();

    const drafts = openLocalDrafts();
    expect((await drafts.get('ada/d1'))?.content.text).toBe('kept');
    expect(await drafts.checkpoints('ada/d1')).toMatchObject([{ at: 5, reason: 'Typing' }]);
    await drafts.samples.put('ada/d1', 's1', { name: 'orders', records: ['a', 'b'] });
    expect(await drafts.samples.all('ada/d1')).toEqual({
      s1: { name: 'orders', records: ['a', 'b'] },
    });
  });

  it('samples and cases belong to one draft of one person, and go one by one or with it', async () => {
    const drafts = openLocalDrafts();
    const some = { name: 'one', input: { in: ['a'] }, expected: { out: ['a'] } };
    await drafts.put(draft('a'));
    await drafts.cases.put('ada/d1', 'c1', some);
    await drafts.cases.put('ada/d1', 'c2', { ...some, name: 'two' });
    await drafts.cases.put('ada/d10', 'c1', some);
    await drafts.cases.put('ada', 'd1', some);
    await drafts.samples.put('ada/d1', 'c1', { name: 'sample', records: [] });
    expect(Object.keys(await drafts.cases.all('ada/d1'))).toEqual(['c1', 'c2']);

    await drafts.cases.remove('ada/d1', 'c1');
    expect(Object.keys(await drafts.cases.all('ada/d1'))).toEqual(['c2']);
    await drafts.addCheckpoint(checkpoint('ada/d1', 1));
    await drafts.addCheckpoint(checkpoint('ada/d10', 1));
    await drafts.remove('ada/d1');
    expect(await drafts.get('ada/d1')).toBeNull();
    expect(await drafts.cases.all('ada/d1')).toEqual({});
    expect(await drafts.samples.all('ada/d1')).toEqual({});
    expect(await drafts.checkpoints('ada/d1')).toEqual([]);
    expect(Object.keys(await drafts.cases.all('ada/d10'))).toEqual(['c1']);
    expect(await drafts.checkpoints('ada/d10')).toHaveLength(1);
  });

  it('a checkpoint takes a name and loses it again, and older ones thin out', async () => {
    const drafts = openLocalDrafts();
    const minute = 60_000;
    for (const at of [0, 1, 2, 3]) await drafts.addCheckpoint(checkpoint('ada/d1', at * 5_000));
    const named = (await drafts.checkpoints('ada/d1')).at(-1);
    await drafts.nameCheckpoint(named?.id ?? -1, 'Before the sale');
    await drafts.addCheckpoint(checkpoint('ada/d1', 30 * minute));
    expect((await drafts.checkpoints('ada/d1')).map(({ at, name }) => [at, name])).toEqual([
      [30 * minute, undefined],
      [15_000, undefined],
      [0, 'Before the sale'],
    ]);
    expect((await drafts.newestCheckpoint('ada/d1'))?.at).toBe(30 * minute);
    expect(await drafts.newestCheckpoint('ada/d2')).toBeNull();
    await drafts.nameCheckpoint(named?.id ?? -1, '');
    await drafts.addCheckpoint(checkpoint('ada/d1', 31 * minute));
    expect((await drafts.checkpoints('ada/d1')).map(({ at }) => at)).toEqual([
      31 * minute,
      30 * minute,
      15_000,
    ]);
  });
});
