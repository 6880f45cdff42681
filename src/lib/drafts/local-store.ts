import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { MergeChoice } from '$lib/compiler/types';
import type { DraftContent } from '$lib/document/content';

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
const MOST_CHECKPOINTS = 20;

export function draftKey(personId: string, draftId: string): string {
  return `${personId}/${draftId}`;
}

/** Drafts in IndexedDB. A put resolves once the browser has it, so a killed tab loses nothing. */
export function openLocalDrafts(): LocalDrafts {
  let opened: Promise<IDBPDatabase<Schema>> | null = null;
  const database = () => {
    opened ??= openDB<Schema>(NAME, 1, {
      upgrade(db) {
        db.createObjectStore('drafts', { keyPath: 'key' });
        const checkpoints = db.createObjectStore('checkpoints', {
          keyPath: 'id',
          autoIncrement: true,
        });
        checkpoints.createIndex('by_key', 'key');
      },
      terminated() {
        opened = null; // The browser closed it; the next call opens it anew.
      },
    });
    opened.catch(() => {
      opened = null;
    });
    return opened;
  };
  return {
    get: async (key) => (await (await database()).get('drafts', key)) ?? null,
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
      (await (await database()).getAllFromIndex('checkpoints', 'by_key', key)).reverse(),
  };
}

/** Asks the browser not to evict what it stores for us; a refusal changes nothing. */
export async function askForPersistence(): Promise<boolean> {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || (await navigator.storage.persist());
}
