/** The embedded database: nothing acknowledged is lost, one owner per folder, and it behaves like PostgreSQL. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from '../ids/uuid.ts';
import { openDatabase, type Database } from './database.ts';
import { FolderLocked, lockFolder, readInstance, writeInstance } from './folder-lock.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'byteor-pglite-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const WRITER = join(import.meta.dirname, '..', 'test', 'durability-writer.ts');
const NODE = join(import.meta.dirname, '..', '..', 'node_modules', 'node', 'bin', 'node');

/** Lets a process write until it told `rows` rows, then kills it where it stands. */
async function writeAndKill(data: string, rows: number): Promise<string[]> {
  const child = spawn(NODE, [WRITER, data], { stdio: ['ignore', 'pipe', 'inherit'] });
  const told: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    told.push(line);
    if (told.length >= rows) child.kill('SIGKILL');
  }
  return told;
}

describe('kill -9', () => {
  it('loses nothing that was acknowledged, time after time', { timeout: 120_000 }, async () => {
    const data = join(folder, 'killed');
    const told: string[] = [];
    for (const rows of [1, 7, 23]) told.push(...(await writeAndKill(data, rows)));
    expect(told.length).toBeGreaterThanOrEqual(31);
    const database = await openDatabase({ kind: 'embedded', folder: data });
    try {
      const kept = await database.client.organization.findMany({ select: { id: true } });
      const audits = await database.client.auditRecord.findMany({ select: { id: true } });
      const ids = new Set(kept.map((row) => row.id));
      expect(told.filter((id) => !ids.has(id))).toEqual([]);
      // Whole transactions or nothing.
      expect(new Set(audits.map((row) => row.id))).toEqual(ids);
    } finally {
      await database.close();
    }
  });
});

describe('one folder', () => {
  it('has one owner, and the next one learns where it is', () => {
    const held = lockFolder(folder);
    writeInstance(folder, { address: 'http://127.0.0.1:8080', pid: 1 });
    expect(() => lockFolder(folder)).toThrow(FolderLocked);
    expect(readInstance(folder)).toEqual({ address: 'http://127.0.0.1:8080', pid: 1 });
    held.release();
    lockFolder(folder).release();
  });
});

describe('PGlite behind the pg driver', () => {
  let database: Database;
  let syncs = 0;
  beforeAll(async () => {
    database = await openDatabase({
      kind: 'embedded',
      folder: join(folder, 'open'),
      onSync: () => {
        syncs += 1;
      },
    });
  });
  afterAll(() => database.close());

  const add = (name: string) =>
    database.client.organization.create({ data: { id: uuidv7(), name, createdAt: new Date() } });

  it('syncs the disk at every commit', async () => {
    const before = syncs;
    for (const name of ['a', 'b', 'c']) await add(name);
    expect(syncs - before).toBeGreaterThanOrEqual(3);
  });

  it('keeps others out while a transaction is open, and gives way after it', async () => {
    const order: string[] = [];
    await Promise.all([
      database.transact(async (db) => {
        await db.organization.count();
        await new Promise((resolve) => setTimeout(resolve, 50));
        await db.organization.count();
        order.push('transaction');
      }),
      new Promise((resolve) => setTimeout(resolve, 10))
        .then(() => database.pool.query('SELECT 1'))
        .then(() => order.push('query')),
    ]);
    expect(order).toEqual(['transaction', 'query']);
  });

  it('rolls back what a vanished client left open', async () => {
    const client = database.dedicated();
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await client.query(`INSERT INTO organizations VALUES ('${uuidv7()}', 'lost', now())`);
    (
      client as unknown as { connection: { stream: { destroy: () => void } } }
    ).connection.stream.destroy();
    const { rows } = await database.pool.query(
      "SELECT count(*) AS n FROM organizations WHERE name = 'lost'",
    );
    expect(rows[0].n).toBe('0');
  });

  it('keeps the session usable after errors in and out of transactions', async () => {
    await expect(database.pool.query('SELECT nonsense')).rejects.toThrow(/nonsense/);
    await expect(
      database.transact(async (db) => {
        await db.$executeRawUnsafe('SELECT 1 / 0');
      }),
    ).rejects.toThrow(/division by zero/);
    expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('passes notifications to a client that listens', async () => {
    const client = database.dedicated();
    await client.connect();
    await client.query('LISTEN news');
    const heard = new Promise((resolve) =>
      client.once('notification', (message) => resolve(message.payload)),
    );
    await database.pool.query("SELECT pg_notify('news', 'hello')");
    expect(await heard).toBe('hello');
    await client.end();
  });
});
