/** Makes one PGlite with all tables for all test files: each starts from its dump instead of from nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import pino from 'pino';
import type { TestProject } from 'vitest/node';
import { applyMigrations } from '../db/migrations.ts';
import { PgliteHub } from '../db/pglite-socket.ts';
import { openJobQueue } from '../jobs/queue.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the dump; empty on PostgreSQL. */
    pgliteTemplate: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  if (process.env['BYTEOR_TEST_DATABASE_URL']) {
    project.provide('pgliteTemplate', '');
    return () => undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'byteor-template-'));
  const pglite = await PGlite.create('memory://');
  const hub = new PgliteHub(pglite);
  const pool = new pg.Pool({
    stream: hub.socket as unknown as () => never,
    user: 'postgres',
    database: 'postgres',
  });
  await applyMigrations(pool, 'public');
  // The queue's own tables cost as much as the database's start.
  const jobs = await openJobQueue({ pool, schema: 'public' }, pino({ level: 'silent' }));
  await jobs.stop();
  await pool.end();
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  const path = join(folder, 'template.tar');
  writeFileSync(path, Buffer.from(await dump.arrayBuffer()));
  project.provide('pgliteTemplate', path);
  return () => rmSync(folder, { recursive: true, force: true });
}
