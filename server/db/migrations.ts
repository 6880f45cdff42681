/**
 * Applies the checked-in SQL of `prisma/migrations` at start, each migration in a transaction of its
 * own, one process at a time, and records it in a table that Prisma's own engine accepts.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { uuidv7 } from '../ids/uuid.ts';

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

const FOLDER = join(import.meta.dirname, '..', '..', 'prisma', 'migrations');
/** An arbitrary constant: who sets a database up holds the advisory lock of this number. */
export const SETUP_LOCK = 4_207_165_011;

/** All migrations, in the order in which they apply. */
export function readMigrations(folder: string = FOLDER): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/** Brings `schema` up to date; refuses a database whose history isn't ours. */
export async function applyMigrations(
  pool: Pool,
  schema: string,
  migrations: Migration[] = readMigrations(),
): Promise<string[]> {
  const applied: string[] = [];
  const connection = await pool.connect();
  try {
    await connection.query('SELECT pg_advisory_lock($1)', [SETUP_LOCK]);
    if (schema !== 'public') await connection.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    for (const migration of migrations) {
      await connection.query('BEGIN');
      try {
        await connection.query(`SET LOCAL search_path TO "${schema}"`);
        await connection.query(TABLE);
        const { rows } = await connection.query<{ checksum: string }>(
          `SELECT checksum FROM _prisma_migrations
           WHERE migration_name = $1 AND finished_at IS NOT NULL AND rolled_back_at IS NULL`,
          [migration.name],
        );
        const known = rows[0];
        if (known && known.checksum !== migration.checksum) {
          throw new Error(
            `migration ${migration.name} was applied with other contents: restore the database from a backup, or use the release that made it`,
          );
        }
        if (!known) {
          await connection.query(migration.sql);
          await connection.query(
            `INSERT INTO _prisma_migrations
               (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
             VALUES ($1, $2, $3, now(), now(), 1)`,
            [uuidv7(), migration.checksum, migration.name],
          );
          applied.push(migration.name);
        }
        await connection.query('COMMIT');
      } catch (error) {
        await connection.query('ROLLBACK');
        throw error;
      }
    }
  } finally {
    // With the session goes the lock; a connection that failed is not handed out again.
    await connection.query('SELECT pg_advisory_unlock($1)', [SETUP_LOCK]).then(
      () => connection.release(),
      (error: unknown) => connection.release(error instanceof Error ? error : true),
    );
  }
  return applied;
}
