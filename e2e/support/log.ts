import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { promisify } from 'node:util';

/** A small deterministic generator (mulberry32), so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const names = ['ada', 'grace', 'edsger', 'barbara', 'ken', 'margaret', 'dennis', 'radia'];
const hosts = ['example.com', 'mail.test', 'orders.example.org'];
const levels = ['debug', 'info', 'warn', 'error'];

/**
 * Writes a log of `lines` lines, each of at most 256 bytes without its newline: most are JSON records with
 * an e-mail address and a level, some are plain text, some are empty.
 */
export async function writeLog(path: string, lines: number, seed = 1): Promise<void> {
  const next = random(seed);
  const pick = (list: string[]) => list[Math.floor(next() * list.length)]!;
  const out = createWriteStream(path);
  for (let i = 0; i < lines; i += 1) {
    const kind = next();
    let line: string;
    if (kind < 0.02) line = '';
    else if (kind < 0.12) line = `plain ${i} from ${pick(names)}@${pick(hosts)}`;
    else {
      const note = 'x'.repeat(Math.floor(next() * 90));
      line = `{"id":${i},"level=${pick(levels)}":1,"mail":"${pick(names)}@${pick(hosts)}","note":"${note}"}`;
    }
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

/** Runs a shell pipeline over `LC_ALL=C grep -aE` and `sed -E`: the oracle for the pure stages. */
export async function oracle(script: string): Promise<Buffer> {
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    encoding: 'buffer',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C' },
  });
  return stdout;
}
