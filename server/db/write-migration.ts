/** `node server/db/write-migration.ts NAME`: writes the migration that the schema is ahead by. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pendingMigrationSql } from './schema-engine.ts';

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('usage: node server/db/write-migration.ts NAME (lower case, digits, _)');
  process.exit(2);
}
const { sql, drifted } = await pendingMigrationSql();
if (!drifted) {
  console.log('schema and migrations agree; nothing to write');
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(import.meta.dirname, '..', '..', 'prisma', 'migrations', `${stamp}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'migration.sql'), sql);
  console.log(`wrote ${stamp}_${name}`);
}
process.exit(0);
