/** The folder that holds keys, database and sockets is its owner's alone. */
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { ConfigError } from '../config.ts';

const OTHERS = 0o077;

/** Makes the folder, or closes one that others may look into; refuses one that can't be closed. */
export function openDataFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  // Windows has no such bits: there the folder follows its parent's list of rights.
  if (process.platform === 'win32' || (statSync(path).mode & OTHERS) === 0) return;
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `${path} can be read by other users of this machine, and can't be closed (${why}): chmod 700 it as its owner, or give another folder with BYTEOR_DATA_DIR`,
    );
  }
}
