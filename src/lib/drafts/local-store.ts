import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { readContent, type Case, type Sample } from '$lib/document/content';
import type { Beside, Checkpoint, LocalDraft, LocalDrafts } from './kept';
import { thinned } from './thinning';

interface Schema extends DBSchema {
  drafts: { key: string; value: LocalDraft };
  checkpoints: { key: number; value: Checkpoint; indexes: { by_key: string } };
  /** By draft's key and id. */
  samples: { key: [string, string]; value: Sample };
  cases: { key: [string, string]; value: Case };
}

const NAME = 'byteor-drafts';
/** Grows with the schema. A page that opens a newer one takes the store from those with an older. */
const VERSION = 2;
/** How long a newer page waits for what is under way here, at most (ms). */
const LAST_WRITES_MS = 2_000;

/** What pages of different versions in one browser do to each other's store. */
export interface StoreNews {
  /** A newer page wants the store: what isn't written yet is written now. */
  givingWay(): Promise<unknown>;
  /** The store belongs to a newer page: nothing is kept here any more, and a reload helps. */
  outdated(): void;
  /** An older page, which knows nothing of giving way, holds the store: closing its tab helps. */
  waiting(): void;
}

/** Refused because a newer page has the store. */
class StoreOutdated extends Error {
  readonly code = 'draft_store_outdated';

  constructor() {
    super('A newer ByteOr is open in another tab of this browser. Reload this one.');
    this.name = 'StoreOutdated';
  }
}

/**
 * Drafts in IndexedDB. A put resolves once the browser has it, so a killed tab loses nothing.
 *
 * A browser lets a newer schema in only when every open connection is closed, so a page gives way:
 * it writes what it has, closes, and refuses from then on with {@link StoreOutdated}.
 */
export function openLocalDrafts(news: Partial<StoreNews> = {}, version = VERSION): LocalDrafts {
  let opened: Promise<IDBPDatabase<Schema>> | null = null;
  let outdated = false;

  const open = () =>
    openDB<Schema>(NAME, version, {
      upgrade(db, from) {
        if (from < 1) {
          db.createObjectStore('drafts', { keyPath: 'key' });
          const checkpoints = db.createObjectStore('checkpoints', {
            keyPath: 'id',
            autoIncrement: true,
          });
          checkpoints.createIndex('by_key', 'key');
        }
        if (from < 2) {
          db.createObjectStore('samples');
          db.createObjectStore('cases');
        }
      },
      blocked: () => news.waiting?.(),
      blocking(_version, next, event) {
        const connection = event.target as IDBDatabase;
        // Without a next version the store is being deleted; the next call makes it anew.
        if (next === null) {
          connection.close();
          opened = null;
        } else void giveWay(connection);
      },
      terminated() {
        opened = null; // The browser closed it; the next call opens it anew.
      },
    });

  async function giveWay(connection: IDBDatabase): Promise<void> {
    const late = new Promise((resolve) => setTimeout(resolve, LAST_WRITES_MS));
    // A write that fails is told by whoever writes; the newer page doesn't wait for it.
    await Promise.race([Promise.resolve(news.givingWay?.()).catch(() => undefined), late]);
    lose();
    connection.close();
  }

  function lose(): void {
    outdated = true;
    news.outdated?.();
  }

  const database = () => {
    if (outdated) return Promise.reject(new StoreOutdated());
    opened ??= open().catch((cause: unknown) => {
      opened = null;
      // The store is newer than this page: the newer page has been here before.
      if (!(cause instanceof DOMException && cause.name === 'VersionError')) throw cause;
      lose();
      throw new StoreOutdated();
    });
    return opened;
  };
  return {
    get: async (key) => {
      const draft = await (await database()).get('drafts', key);
      if (!draft) return null;
      const base = draft.base ? { base: readContent(draft.base) } : {};
      return { ...draft, content: readContent(draft.content), ...base };
    },
    async put(draft) {
      await (await database()).put('drafts', draft);
    },
    async remove(key) {
      const stores = ['drafts', 'checkpoints', 'samples', 'cases'] as const;
      const tx = (await database()).transaction(stores, 'readwrite');
      await tx.objectStore('drafts').delete(key);
      const checkpoints = tx.objectStore('checkpoints');
      for (const id of await checkpoints.index('by_key').getAllKeys(key))
        await checkpoints.delete(id);
      for (const store of ['samples', 'cases'] as const)
        await tx.objectStore(store).delete(besideKeys(key));
      await tx.done;
    },
    async addCheckpoint(checkpoint) {
      const tx = (await database()).transaction('checkpoints', 'readwrite');
      await tx.store.add(checkpoint);
      const kept = await tx.store.index('by_key').getAll(checkpoint.key);
      for (const { id } of thinned(kept, checkpoint.at))
        if (id !== undefined) await tx.store.delete(id);
      await tx.done;
    },
    async nameCheckpoint(id, name) {
      const tx = (await database()).transaction('checkpoints', 'readwrite');
      const checkpoint = await tx.store.get(id);
      if (checkpoint) {
        const { name: _, ...nameless } = checkpoint;
        await tx.store.put(name === '' ? nameless : { ...nameless, name });
      }
      await tx.done;
    },
    async newestCheckpoint(key) {
      const tx = (await database()).transaction('checkpoints');
      const newest = await tx.store.index('by_key').openCursor(key, 'prev');
      return newest && { ...newest.value, content: readContent(newest.value.content) };
    },
    checkpoints: async (key) =>
      (await (await database()).getAllFromIndex('checkpoints', 'by_key', key))
        .reverse()
        .map((checkpoint) => ({ ...checkpoint, content: readContent(checkpoint.content) })),
    samples: besideIn('samples', database),
    cases: besideIn('cases', database),
  };
}

/** All keys of one draft in a store of things that stand beside drafts. */
const besideKeys = (key: string) => IDBKeyRange.bound([key], [key, []]);

function besideIn<Store extends 'samples' | 'cases'>(
  store: Store,
  database: () => Promise<IDBPDatabase<Schema>>,
): Beside<Schema[Store]['value']> {
  return {
    async all(key) {
      const tx = (await database()).transaction(store);
      const [ids, things] = await Promise.all([
        tx.store.getAllKeys(besideKeys(key)),
        tx.store.getAll(besideKeys(key)),
      ]);
      return Object.fromEntries(things.map((thing, index) => [ids[index]?.[1] ?? '', thing]));
    },
    async put(key, id, thing) {
      await (await database()).put(store, thing, [key, id]);
    },
    async remove(key, id) {
      await (await database()).delete(store, [key, id]);
    },
  };
}

/** Asks the browser not to evict what it stores for us; a refusal changes nothing. */
export async function askForPersistence(): Promise<boolean> {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || (await navigator.storage.persist());
}
