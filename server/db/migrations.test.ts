import { expect, it } from 'vitest';
import { startTestServer } from '../test/harness.ts';
import { applyMigrations, readMigrations } from './migrations.ts';

it('applies each migration once, and refuses one whose text changed since', async () => {
  const server = await startTestServer();
  try {
    const { pool, schema } = server.services.database;
    expect(await applyMigrations(pool, schema)).toEqual([]);
    const edited = readMigrations().map((migration) => ({ ...migration, checksum: 'other' }));
    await expect(applyMigrations(pool, schema, edited)).rejects.toThrow(/other contents/);
    const next = [
      ...readMigrations(),
      {
        name: '99999999999999_broken',
        sql: 'CREATE TABLE half (a int); SELECT nonsense;',
        checksum: 'x',
      },
    ];
    await expect(applyMigrations(pool, schema, next)).rejects.toThrow(/nonsense/);
    const { rows } = await pool.query("SELECT 1 FROM pg_tables WHERE tablename = 'half'");
    expect(rows).toEqual([]);
  } finally {
    await server.close();
  }
});
