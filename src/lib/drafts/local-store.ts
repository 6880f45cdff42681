import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { MergeChoice } from '$lib/compiler/types';
import { readLayout, type DraftContent } from '$lib/document/content';

/** A draft as this browser keeps it: what the author has now, and which revision that started from. */
export interface LocalDraft {
  /** `person/draft`: two people who share a browser profile never see each other's work. */
  key: string;
  draftId: string;
  content: DraftContent;
  /** The server's revision that `content` is based on; 0 for a draft that never reached it. */
  baseRevision: number;
  /** Fingerprint of the content of that revision; what differs from it is not on the server yet. */
  baseFingerprint: string | null;
  /** The content of that revision, for a merge; missing in drafts that an older page stored. */
  base?: DraftContent | null;
  /** What was chosen about the conflicts of a merge that isn't finished. */
  choices?: MergeChoice[];
  name: string;
  environmentId: string | null;
  /** When it was written here, in milliseconds since 1970 UTC. */
  savedAt: number;
}

/** An earlier state of a draft, kept when something replaced it as a whole. */
export interface Checkpoint {
  id?: number;
  key: string;
  content: DraftContent;
  baseRevision: number;
  /** Why it was kept, for example "Before taking revision 7". */
  reason: string;
  at: number;
}

/** Where drafts are kept on this machine. */
export interface LocalDrafts {
  get(key: string): Promise<LocalDraft | null>;
  put(draft: LocalDraft): Promise<void>;
  remove(key: string): Promise<void>;
  addCheckpoint(checkpoint: Checkpoint): Promise<void>;
  checkpoints(key: string): Promise<Checkpoint[]>;
}

interface Schema extends DBSchema {
  drafts: { key: string; value: LocalDraft };
  checkpoints: { key: number; value: Checkpoint; indexes: { by_key: string } };
}

const NAME = 'byteor-drafts';
/** Grows with the schema. A page that opens a newer one takes the store from those with an older. */
const VERSION = 1;
const MOST_CHECKPOINTS = 20;
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

export function draftKey(personId: string, draftId: string): string {
  return `${personId}/${draftId}`;
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
        if (from >= 1) return;
        db.createObjectStore('drafts', { keyPath: 'key' });
        const checkpoints = db.createObjectStore('checkpoints', {
          keyPath: 'id',
          autoIncrement: true,
        });
        checkpoints.createIndex('by_key', 'key');
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
      await (await database()).delete('drafts', key);
    },
    async addCheckpoint(checkpoint) {
      const tx = (await database()).transaction('checkpoints', 'readwrite');
      await tx.store.add(checkpoint);
      const keys = await tx.store.index('by_key').getAllKeys(checkpoint.key);
      for (const old of keys.slice(0, -MOST_CHECKPOINTS)) await tx.store.delete(old);
      await tx.done;
    },
    checkpoints: async (key) =>
      (await (await database()).getAllFromIndex('checkpoints', 'by_key', key))
        .reverse()
        .map((checkpoint) => ({ ...checkpoint, content: readContent(checkpoint.content) })),
  };
}

/** Content in the form of today, whatever page stored it. */
function readContent(stored: DraftContent): DraftContent {
  return { ...stored, layout: readLayout(stored.layout) };
}

/** Asks the browser not to evict what it stores for us; a refusal changes nothing. */
export async function askForPersistence(): Promise<boolean> {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || (await navigator.storage.persist());
}
