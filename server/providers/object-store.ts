/** Blobs by key. The embedded store is a folder; keys are relative paths made by us. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { uuidv7 } from '../ids/uuid.ts';

export interface ObjectStore {
  /** Durable when it resolves. Writing the same key again replaces it at once. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | null>;
  remove(key: string): Promise<void>;
}

const KEY = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;

/** Where a deploy bundle lies, by organization and content. */
export function deployBundleKey(orgId: string, bundleHash: string): string {
  return `orgs/${orgId}/deploy-bundles/${bundleHash.replace('sha256:', '')}.tar`;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A folder on disk: written beside its place, synced, then renamed. */
export function folderStore(root: string): ObjectStore {
  const pathOf = (key: string): string => {
    if (!KEY.test(key)) throw new Error(`not an object key: ${key}`);
    return join(root, key);
  };
  const missing = (error: unknown) =>
    error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT';

  return {
    async put(key, bytes) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const beside = `${path}.${uuidv7()}.new`;
      const file = await open(beside, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
      await syncFolder(dirname(path));
    },
    async get(key) {
      try {
        return await readFile(pathOf(key));
      } catch (error) {
        if (missing(error)) return null;
        throw error;
      }
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  };
}
