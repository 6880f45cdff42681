/**
 * One process per data folder. Two processes on one PGlite folder corrupt it without a word, so a
 * SQLite file beside it is held with an exclusive transaction: the kernel lets go of it however the
 * process ends, `kill -9` included.
 */
import { DatabaseSync } from 'node:sqlite';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a running instance says of itself in `server.json`. */
interface InstanceRecord {
  address: string;
  pid: number;
}

/** Another process holds the folder. */
export class FolderLocked extends Error {
  constructor(dataDir: string) {
    const running = readInstance(dataDir);
    super(
      `${dataDir} is in use by another process${running ? ` (${running.pid}, ${running.address})` : ', which is still starting'}: stop it, or give this one a folder of its own with BYTEOR_DATA_DIR`,
    );
  }
}

interface FolderLock {
  release(): void;
}

/** Takes the folder or throws {@link FolderLocked}. */
export function lockFolder(dataDir: string): FolderLock {
  const guard = new DatabaseSync(join(dataDir, 'lock.sqlite'), { timeout: 0 });
  try {
    guard.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    guard.close();
    if (error instanceof Error && /locked|busy/i.test(error.message))
      throw new FolderLocked(dataDir);
    throw error;
  }
  // What an instance that is gone said of itself is no longer so.
  rmSync(recordPath(dataDir), { force: true });
  return { release: () => guard.close() };
}

const recordPath = (dataDir: string) => join(dataDir, 'server.json');

/** Tells later starts where this instance listens. */
export function writeInstance(dataDir: string, record: InstanceRecord): void {
  const path = recordPath(dataDir);
  writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`);
  renameSync(`${path}.new`, path);
}

/** The record of the instance that holds the folder, or null while it is still starting. */
export function readInstance(dataDir: string): InstanceRecord | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(recordPath(dataDir), 'utf8'));
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { address, pid } = parsed as Record<string, unknown>;
  return typeof address === 'string' && typeof pid === 'number' ? { address, pid } : null;
}
