/** Rows of before keep their meaning: at most one desired for an agent and slot, and withdrawn by name. */
import { expect, it } from 'vitest';
import { applyMigrations, readMigrations } from '../db/migrations.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { deploy, enrollTestAgent, makeBundle, makeVersion, startTestServer } from './harness.ts';

it('the rows of an earlier version get slots, one desired deployment each, and their withdrawals', async () => {
  const server = await startTestServer();
  const { pool } = server.services.database;
  const schema = `old_${uuidv7().replaceAll('-', '')}`;
  const connection = await pool.connect();
  try {
    // Two deployments in one slot, as a server of today makes them; then the columns of before.
    const agent = await enrollTestAgent(server, server.development.id);
    const { versionId } = await makeVersion(server);
    const { bundleId } = await makeBundle(server, server.development.id, versionId);
    const choice = { versionId, bundleId, agentIds: [agent.id], slot: 'one' };
    const older = await deploy(server, choice);
    await server.runJobs();
    await agent.status(older.deploymentId, 1, 'active');
    const newer = await deploy(server, choice);
    await server.runJobs();
    const second = await makeBundle(server, server.development.id, versionId, 'b');
    const withdrawn = await deploy(server, { ...choice, ...second, slot: 'two' });
    await server.as(server.owner).deployments.withdraw({ deploymentId: withdrawn.deploymentId });

    const all = readMigrations();
    const at = all.findIndex((migration) => migration.name.endsWith('_withdrawn_and_fallback'));
    expect(at).toBeGreaterThan(0);
    await applyMigrations(pool, schema, all.slice(0, at));
    await connection.query('BEGIN');
    // Only the rows that the migration rewrites are copied, not what they refer to.
    const { rows: keys } = await connection.query<{ table: string; name: string }>(
      `SELECT conrelid::regclass::text AS table, conname AS name FROM pg_constraint
       WHERE contype = 'f' AND connamespace = $1::regnamespace`,
      [schema],
    );
    for (const key of keys) {
      await connection.query(`ALTER TABLE ${key.table} DROP CONSTRAINT "${key.name}"`);
    }
    const current = server.services.database.schema;
    for (const table of [
      'deployments',
      'deployment_agents',
      'deployment_transitions',
      'approvals',
    ]) {
      const { rows } = await connection.query<{ name: string; type: string }>(
        `SELECT column_name AS name, udt_name AS type FROM information_schema.columns
         WHERE table_schema = $1 AND table_name = $2 AND udt_schema <> 'pg_catalog'`,
        [schema, table],
      );
      const enums = new Map(rows.map((row) => [row.name, row.type]));
      const { rows: columns } = await connection.query<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns
         WHERE table_schema = $1 AND table_name = $2`,
        [schema, table],
      );
      const names = columns.map((row) => `"${row.name}"`).join(', ');
      // What the words of today were before.
      const values = columns
        .map(({ name }) =>
          enums.has(name)
            ? `(CASE "${name}"::text WHEN 'withdrawn' THEN CASE '${table}' WHEN 'deployments' THEN 'failed' ELSE 'denied' END
                 WHEN 'fallback' THEN 'run' ELSE "${name}"::text END)::"${schema}"."${enums.get(name)}"`
            : `"${name}"`,
        )
        .join(', ');
      await connection.query(
        `INSERT INTO "${schema}"."${table}" (${names}) SELECT ${values} FROM "${current}"."${table}"`,
      );
    }
    await connection.query('COMMIT');

    await applyMigrations(pool, schema, all);
    const { rows: desired } = await pool.query<{ id: string; desired: string; slot: string }>(
      `SELECT deployment_id AS id, desired::text AS desired, slot FROM "${schema}".deployment_agents`,
    );
    expect(Object.fromEntries(desired.map((row) => [row.id, row.desired]))).toMatchObject({
      [older.deploymentId]: 'fallback',
      [newer.deploymentId]: 'run',
    });
    expect(desired.map((row) => row.slot).sort()).toEqual(['one', 'one', 'two']);
    const { rows: states } = await pool.query<{ state: string }>(
      `SELECT state::text AS state FROM "${schema}".deployments WHERE id = $1`,
      [withdrawn.deploymentId],
    );
    expect(states).toEqual([{ state: 'withdrawn' }]);
  } finally {
    connection.release();
    await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await server.close();
  }
}, 120_000);
