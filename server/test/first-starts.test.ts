/** Several processes that start for the first time, at once, on one empty PostgreSQL. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { uuidv7 } from '../ids/uuid.ts';
import { lockFolder, writeInstance } from '../providers/folder-lock.ts';

const url = process.env['BYTEOR_TEST_DATABASE_URL'];
const MAIN = join(import.meta.dirname, '..', 'main.ts');

interface Started {
  said: string[];
  code: number | null;
  stop(): Promise<number | null>;
}

/** A server process, once it is ready or gone. */
function start(env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      BYTEOR_CLOUD_LOCAL_AGENTS: 'false',
      BYTEOR_LOG_LEVEL: 'error',
      NODE_NO_WARNINGS: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const started = (code: number | null): Started => ({
    said,
    code,
    async stop() {
      child.kill('SIGTERM');
      return gone;
    },
  });
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (line.startsWith('ready ')) resolve(started(null));
      });
    }
    void gone.then((code) => resolve(started(code)));
  });
}

describe.runIf(url)('four processes on one empty database', { timeout: 120_000 }, () => {
  it('all start; one fills it', async () => {
    const schema = `t_${uuidv7().replaceAll('-', '')}`;
    const folder = mkdtempSync(join(tmpdir(), 'byteor-first-'));
    const env = {
      BYTEOR_CLOUD_DATABASE_URL: url ?? '',
      BYTEOR_CLOUD_DATABASE_SCHEMA: schema,
      // One folder for all: with a database of its own nobody owns it.
      BYTEOR_DATA_DIR: folder,
      BYTEOR_CLOUD_DEPLOYMENT_MODE: 'worker',
      BYTEOR_CLOUD_WORKER_BIND_ADDR: '127.0.0.1:0',
      BYTEOR_CLOUD_KEY_ENCRYPTION_KEY: '11'.repeat(32),
      BYTEOR_CLOUD_OBJECT_FOLDER: join(folder, 'objects'),
    };
    const running = await Promise.all(Array.from({ length: 4 }, () => start(env)));
    try {
      for (const { said, code } of running) expect({ said, code }).toMatchObject({ code: null });
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query(
        `SELECT count(*)::int AS n FROM "${schema}".organizations`,
      );
      await client.end();
      expect(rows).toEqual([{ n: 1 }]);
    } finally {
      const codes = await Promise.all(running.map((process) => process.stop()));
      rmSync(folder, { recursive: true, force: true });
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await client.query(`DROP SCHEMA IF EXISTS "${schema}_jobs" CASCADE`);
      await client.end();
      expect(codes).toEqual([0, 0, 0, 0]);
    }
  });
});

describe('a second process on an embedded folder', { timeout: 60_000 }, () => {
  it('ends with 75 and says who has it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'byteor-owned-'));
    const owner = lockFolder(folder);
    writeInstance(folder, { address: 'http://127.0.0.1:9', pid: 4711 });
    try {
      const second = await start({ BYTEOR_DATA_DIR: folder });
      expect(second.code).toBe(75);
      expect(second.said.join('\n')).toContain(
        'in use by another process (4711, http://127.0.0.1:9)',
      );
      expect(second.said.join('\n')).toContain('BYTEOR_DATA_DIR');
    } finally {
      owner.release();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
