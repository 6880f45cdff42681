import { rm } from 'node:fs/promises';
import { STARTED_ONCE, startApp } from './app.ts';

/** Starts an install for the first time, ends it, and leaves its data folder for all specs to copy. */
export default async function firstStart(): Promise<() => Promise<void>> {
  const app = await startApp({ agents: false, first: true });
  const code = await app.leave();
  if (code !== 0) throw new Error(`the first start ended with ${code}`);
  process.env[STARTED_ONCE] = app.dataDir;
  return () => rm(app.dataDir, { recursive: true, force: true });
}
