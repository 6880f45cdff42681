import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { App } from './app.ts';

const root = new URL('../..', import.meta.url).pathname;

/** `npm run -s admin -- sign-in-link ADDRESS` on the install's host: the link, or why there is none. */
export async function hostLink(app: App, address: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['run', '-s', 'admin', '--', 'sign-in-link', address],
    { cwd: root, env: { ...process.env, BYTEOR_DATA_DIR: app.dataDir } },
  );
  return stdout.trim();
}
