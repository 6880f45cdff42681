// A throw-away PostgreSQL for tests: `node scripts/postgres.mjs -- COMMAND…` starts one on a free
// port in a temporary folder, runs the command with BYTEOR_TEST_DATABASE_URL, and removes it again.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const DEBIAN = '/usr/lib/postgresql';

/** The folder of initdb and postgres, or null when PostgreSQL isn't installed. */
export function findPostgres() {
  const given = process.env.BYTEOR_POSTGRES_BIN;
  if (given) return given;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newest = versions
    .filter((version) => existsSync(join(DEBIAN, version, 'bin', 'postgres')))
    .sort((a, b) => Number(b) - Number(a))[0];
  if (newest) return join(DEBIAN, newest, 'bin');
  const onPath = spawnSync('sh', ['-c', 'command -v postgres'], { encoding: 'utf8' });
  return onPath.status === 0 ? join(onPath.stdout.trim(), '..') : null;
}

/** PostgreSQL refuses to run as root; another user has to own the folder. */
function otherUser() {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const found = spawnSync('id', ['-u', name], { encoding: 'utf8' });
    if (found.status !== 0) continue;
    const uid = Number(found.stdout);
    const gid = Number(execFileSync('id', ['-g', name], { encoding: 'utf8' }));
    return { uid, gid };
  }
  throw new Error('PostgreSQL can not run as root, and there is no user postgres or nobody');
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts PostgreSQL. Resolves when it answers.
 * @param {{ bin?: string, password?: string }} [options] `bin`: the folder of initdb and postgres;
 *   `password`: that the user `byteor` has to prove itself by, where anybody may else say to be it
 * @returns {Promise<{ url: string, halt: () => Promise<void>, resume: () => Promise<void>, stop: () => Promise<void> }>}
 *   `halt` ends the server and keeps its data, `resume` starts it again, `stop` removes both.
 */
export async function startPostgres({ bin = findPostgres() ?? undefined, password } = {}) {
  if (!bin) throw new Error('PostgreSQL is not installed: run apt-get install postgresql');
  const as = otherUser();
  const folder = mkdtempSync(join(tmpdir(), 'byteor-postgres-'));
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const options = { ...as, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
  const asked = ['-A', password === undefined ? 'trust' : 'scram-sha-256'];
  if (password !== undefined) {
    const file = join(folder, 'password');
    writeFileSync(file, password, { mode: 0o600 });
    if (as.uid !== undefined) chownSync(file, as.uid, as.gid);
    asked.push(`--pwfile=${file}`);
  }
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'byteor', ...asked, '-E', 'UTF8', '--no-sync'],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error ?? ''}`);
  const port = await freePort();
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let server;
  /** @type {Promise<unknown>} */
  let ended = Promise.resolve();
  // SIGINT is the fast shutdown: open connections are cut.
  const end = () => server?.kill('SIGINT');
  // Tests that are interrupted leave by `exit`: the server must not outlive them.
  process.on('exit', end);
  const halt = async () => {
    end();
    await ended;
  };
  const stop = async () => {
    process.off('exit', end);
    await halt();
    rmSync(folder, { recursive: true, force: true });
  };
  const resume = async () => {
    const running = spawn(
      join(bin, 'postgres'),
      // Durability is of no use in a folder that is about to be deleted.
      [
        '-D',
        data,
        '-p',
        String(port),
        '-h',
        '127.0.0.1',
        '-k',
        folder,
        '-c',
        'fsync=off',
        '-c',
        'max_connections=200',
      ],
      { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    server = running;
    let words = '';
    running.stderr.on('data', (chunk) => {
      words = (words + chunk).slice(-4000);
    });
    ended = new Promise((resolve) => running.once('exit', resolve));
    for (let attempt = 0; ; attempt += 1) {
      const ready = spawnSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', `${port}`, '-q']);
      if (ready.status === 0) return;
      if (attempt > 100 || running.exitCode !== null) {
        await stop();
        throw new Error(`PostgreSQL did not start: ${words}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await resume();
  const user = password === undefined ? 'byteor' : `byteor:${password}`;
  return { url: `postgres://${user}@127.0.0.1:${port}/postgres`, halt, resume, stop };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [separator, command, ...args] = process.argv.slice(2);
  if (separator !== '--' || !command) {
    process.stderr.write('usage: node scripts/postgres.mjs -- COMMAND [ARGUMENT…]\n');
    process.exit(2);
  }
  const { url, stop } = await startPostgres();
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, BYTEOR_TEST_DATABASE_URL: url },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (status) => resolve(status ?? 1));
  });
  await stop();
  process.exit(code);
}
