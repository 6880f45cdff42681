// What must stand before anything runs: packages, the database client, the built page.
// Each step is skipped when a stamp of its inputs says that it was done.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir, hashInputs, node24, root, stampMatches, writeStamp } from './project.mjs';
import { writeNotices } from '../notices.mjs';
import { must, seconds } from './run.mjs';

/** @typedef {(text: string) => void} Say */

/**
 * @param {Say} say
 * @param {string} title
 * @param {string} name
 * @param {string} value What the step is made of, as a digest.
 * @param {() => boolean} done Whether what it makes is there.
 * @param {() => Promise<unknown>} work
 */
async function step(say, title, name, value, done, work) {
  if (stampMatches(name, value) && done()) return;
  say(`${title}…`);
  const from = performance.now();
  await work();
  writeStamp(name, value);
  say(`${title}: done in ${seconds(from)}`);
}

/**
 * Installs the npm packages that the lockfile names, unless they are there. A script more in
 * `package.json` changes none of them.
 *
 * @param {Say} say
 */
export async function installPackages(say) {
  const { scripts: _scripts, ...installed } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const value = `${hashInputs(['package-lock.json'])} ${JSON.stringify(installed)}`;
  const npm = process.env.npm_execpath;
  await step(
    say,
    'Installing packages',
    'packages',
    value,
    () => existsSync(node24),
    () =>
      npm && npm.endsWith('.js')
        ? must(process.execPath, [npm, 'ci', '--no-audit', '--no-fund'])
        : must('npm', ['ci', '--no-audit', '--no-fund']),
  );
}

/**
 * Generates the database client from the Prisma schema.
 *
 * @param {Say} say
 */
export async function generateClient(say) {
  const value = hashInputs(['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json']);
  const there = () => existsSync(join(root, 'server/db/generated'));
  await step(say, 'Generating the database client', 'client', value, there, () =>
    must(node24, ['scripts/generate.mjs']),
  );
}

/**
 * Builds the page for production. An embedded install serves it to this machine, so compressing it
 * would only make the first start longer; with a database of its own it goes over a network.
 *
 * @param {Say} say
 */
export async function buildPage(say) {
  const precompress =
    process.env.BYTEOR_PRECOMPRESS ?? (process.env.BYTEOR_CLOUD_DATABASE_URL ? 'true' : 'false');
  const inputs = hashInputs([
    'src',
    'static',
    'wasm',
    'svelte.config.js',
    'vite.config.ts',
    'tsconfig.json',
    'package-lock.json',
  ]);
  await step(
    say,
    'Building the page',
    'page',
    `${inputs} ${precompress}`,
    () => existsSync(join(root, 'build/handler.js')),
    async () => {
      const vite = join(root, 'node_modules/vite/bin/vite.js');
      await must(node24, [vite, 'build'], { env: { BYTEOR_PRECOMPRESS: precompress } });
      writeNotices('npm', join(root, 'build/THIRD-PARTY-NOTICES.txt'));
    },
  );
}

/**
 * Holds the set-up to one process at a time: two starts on a fresh clone don't install over each other.
 *
 * @template T
 * @param {Say} say
 * @param {() => Promise<T>} work
 */
export async function withSetupLock(say, work) {
  mkdirSync(cacheDir, { recursive: true });
  const path = join(cacheDir, 'setup.lock');
  let told = false;
  for (;;) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const owner = Number(existsSync(path) ? readFileSync(path, 'utf8') : 0);
      if (owner && !alive(owner)) {
        rmSync(path, { force: true });
        continue;
      }
      if (!told) say(`Another set-up is running (process ${owner}); waiting for it…`);
      told = true;
      await sleep(300);
    }
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
