/** What about the migrations is the same on every database is asked once, of PGlite. */
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { expect, it } from 'vitest';
import { PgliteHub } from '../db/pglite-socket.ts';
import { applyMigrations, readMigrations } from './migrations.ts';
import { pendingMigrationSql } from './schema-engine.ts';

it('has migrations that reach exactly the schema (no drift)', { timeout: 120_000 }, async () => {
  const { sql, drifted } = await pendingMigrationSql();
  expect({ sql: sql.replace(/^-- .*$/gm, '').trim(), drifted }).toEqual({
    sql: '',
    drifted: false,
  });
});

it('keeps what an earlier install holds', { timeout: 60_000 }, async () => {
  const pglite = await PGlite.create('memory://');
  const hub = new PgliteHub(pglite);
  const pool = new pg.Pool({
    stream: hub.socket as unknown as () => never,
    user: 'postgres',
    database: 'postgres',
    max: 2,
  });
  const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;
  try {
    const [initial, ...later] = readMigrations();
    if (!initial) throw new Error('there is no first migration');
    await applyMigrations(pool, 'public', [initial]);
    await pool.query(
      `INSERT INTO organizations (id, name, created_at) VALUES ('${id(1)}', 'Old', now());
       INSERT INTO projects (id, org_id, name, created_at) VALUES ('${id(2)}', '${id(1)}', 'P', now());
       INSERT INTO environments (id, org_id, project_id, name, posture, credential_lifetime_minutes,
         approval_window_minutes, max_in_flight, created_at)
         VALUES ('${id(3)}', '${id(1)}', '${id(2)}', 'production', 'prod', 60, 60, 3, now());
       INSERT INTO audit_records (id, org_id, at, actor_kind, actor_name, action, outcome,
         resource_kind, detail)
         VALUES ('${id(4)}', '${id(1)}', now(), 'user', 'O', 'x.y', 'succeeded', 'x', '{}');`,
    );
    await applyMigrations(pool, 'public', [initial, ...later]);
    const { rows } = await pool.query(
      `SELECT e.posture::text, a.outcome::text, a.actor_kind::text
       FROM environments e JOIN audit_records a ON a.org_id = e.org_id`,
    );
    expect(rows).toEqual([{ posture: 'prod', outcome: 'succeeded', actor_kind: 'user' }]);
  } finally {
    await pool.end();
    await pglite.close();
  }
});
