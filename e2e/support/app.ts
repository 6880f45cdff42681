import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test } from 'playwright/test';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A running install with a data folder of its own. */
export interface App {
  url: string;
  dataDir: string;
  /** The folder that local agents may read and write. */
  filesDir: string;
  /** The owner's one-time link of the newest start. */
  signInLink: string;
  /** Process id of `npm start`'s script. */
  pid: number;
  /** Kills the server process itself, without warning, as a power cut would. */
  killServer(): Promise<void>;
  /** Starts it again on the same data and the same port. */
  restart(): Promise<void>;
  /** Ends it as a user would and answers the exit code. */
  stop(): Promise<number>;
  /** The same, and leaves the data folder. */
  leave(): Promise<number>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Where `first-start.ts` left the data folder of an install that was started once. */
export const STARTED_ONCE = 'BYTEOR_TEST_STARTED_ONCE';

/**
 * Starts an install with `scripts/start.mjs`, as `npm start` does, and waits until it is ready. It was
 * started once before, which takes longer than all starts after it, unless `first` is asked for.
 */
export async function startApp(
  options: {
    agents?: boolean;
    dev?: boolean;
    first?: boolean;
    env?: Record<string, string>;
  } = {},
): Promise<App> {
  const dataDir = await mkdtemp(join(tmpdir(), 'byteor-e2e-'));
  if (!options.first && !options.env?.['BYTEOR_CLOUD_DATABASE_URL']) {
    const started = process.env[STARTED_ONCE];
    if (!started) throw new Error('the specs run with e2e/playwright.config.ts');
    await cp(started, dataDir, { recursive: true });
  }
  const port = await freePort();
  let child: ChildProcess;
  let signInLink = '';

  const start = async () => {
    child = spawn('node', ['scripts/start.mjs', ...(options.dev ? ['--dev'] : [])], {
      cwd: root,
      env: {
        ...process.env,
        BYTEOR_DATA_DIR: dataDir,
        // One build of the page for all of them: another would take it from those that run.
        BYTEOR_PRECOMPRESS: 'false',
        BYTEOR_CLOUD_API_BIND_ADDR: `127.0.0.1:${port}`,
        BYTEOR_CLOUD_LOCAL_AGENTS: String(options.agents ?? true),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not ready after 180 s:\n${said.join('\n')}`)),
        180_000,
      );
      createInterface({ input: child.stdout! }).on('line', (line) => {
        said.push(line);
        const link = /https?:\/\/\S+\/sign-in#\S+/.exec(line);
        if (link) signInLink = link[0];
        if (said.some((l) => l.startsWith('ready http')) && signInLink) {
          clearTimeout(timer);
          resolve();
        }
      });
      child.on('exit', (code) => reject(new Error(`ended with ${code}:\n${said.join('\n')}`)));
    });
  };
  const leave = () =>
    new Promise<number>((resolve) => {
      if (child.exitCode !== null) resolve(child.exitCode);
      child.on('exit', (status) => resolve(status ?? 1));
      child.kill('SIGTERM');
    });
  await start();

  return {
    url: `http://127.0.0.1:${port}`,
    dataDir,
    filesDir: join(dataDir, 'files'),
    get signInLink() {
      return signInLink;
    },
    get pid() {
      return child.pid!;
    },
    async killServer() {
      const { readFile } = await import('node:fs/promises');
      const { pid } = JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as {
        pid: number;
      };
      const gone = new Promise((resolve) => child.on('exit', resolve));
      process.kill(pid, 'SIGKILL');
      await gone;
    },
    async restart() {
      signInLink = '';
      await start();
    },
    leave,
    async stop() {
      const code = await leave();
      await rm(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

/**
 * Closes, behind the last test of the file that calls it, what its tests opened in the browser. That stays
 * otherwise as long as the browser, which runs the files after it too, and asks for a server that is gone.
 */
export function closesWhatItOpened(): void {
  test.afterAll(async ({ browser }) => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
}
