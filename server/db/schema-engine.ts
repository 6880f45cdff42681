/**
 * Prisma's schema engine as WebAssembly: writes the SQL of a migration and tells whether schema and
 * migrations agree, without the downloaded native engine. Used by tests and by
 * `node server/db/write-migration.ts NAME`, never by the running server.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { PgliteHub } from './pglite-socket.ts';
import { readMigrations } from './migrations.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Type ids of PostgreSQL's catalogue: the internal one-byte "char", and text. */
const CHAR_OID = 18;
const TEXT_OID = 25;
const SCHEMA = join(ROOT, 'prisma', 'schema.prisma');

interface EngineModule {
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
  SchemaEngine: {
    new: (
      options: { datamodels: [string, string][] },
      log: (text: string) => void,
      adapter: object,
    ) => Promise<{
      diff(parameters: object): Promise<{ exitCode: number; stdout: string | null }>;
      free(): void;
    }>;
  };
}

async function loadEngine(): Promise<EngineModule> {
  // The engine reports a panic's text here before it traps.
  (globalThis as Record<string, unknown>)['PRISMA_WASM_PANIC_REGISTRY'] = {
    set_message: (text: string) => console.error(text),
  };
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@prisma/schema-engine-wasm');
  const engine = (await import(
    entry.replace(/schema_engine\.js$/, 'schema_engine_bg.js')
  )) as EngineModule;
  const bytes = readFileSync(entry.replace(/schema_engine\.js$/, 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': engine as unknown as WebAssembly.ModuleImports,
  });
  engine.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') start();
  return engine;
}

/** What has to run so that the migrations folder reaches `schema.prisma`; empty when nothing. */
export async function pendingMigrationSql(): Promise<{ sql: string; drifted: boolean }> {
  const engine = await loadEngine();
  const shadows: PGlite[] = [];
  const fresh = async () => {
    const pglite = await PGlite.create('memory://');
    shadows.push(pglite);
    const hub = new PgliteHub(pglite);
    const pool = new pg.Pool({
      stream: hub.socket as unknown as () => never,
      user: 'postgres',
      database: 'postgres',
      max: 1,
    });
    const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
    const query = pool.query.bind(pool) as (...parameters: unknown[]) => Promise<pg.QueryResult>;
    let characters: boolean[] = [];
    // The adapter refuses the catalogue's "char" type. Pass it off as text, then give it back.
    pool.query = (async (...parameters: unknown[]) => {
      const result = await query(...parameters);
      characters = result.fields?.map((field) => field.dataTypeID === CHAR_OID) ?? [];
      for (const field of result.fields ?? []) {
        if (field.dataTypeID === CHAR_OID) field.dataTypeID = TEXT_OID;
      }
      return result;
    }) as typeof pool.query;
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (statement) => {
      const result = await queryRaw(statement);
      result.columnTypes = result.columnTypes.map((type, index) =>
        characters[index] ? ColumnTypeEnum.Character : type,
      );
      return result;
    };
    // The adapter's own splits at semicolons, which breaks function bodies.
    adapter.executeScript = async (script) => {
      await pool.query(script);
    };
    return adapter;
  };
  const factory = {
    provider: 'postgres',
    adapterName: 'pglite-shadow',
    connect: fresh,
    connectToShadowDb: fresh,
  } as unknown as SqlMigrationAwareDriverAdapterFactory;
  const datamodel = readFileSync(SCHEMA, 'utf8');
  const instance = await engine.SchemaEngine.new(
    { datamodels: [['schema.prisma', datamodel]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  try {
    const result = await instance.diff({
      from: {
        tag: 'migrations',
        baseDir: join(ROOT, 'prisma', 'migrations'),
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
        shadowDbInitScript: '',
        migrationDirectories: readMigrations().map((migration) => ({
          path: migration.name,
          migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: migration.sql } },
        })),
      },
      to: { tag: 'schemaDatamodel', files: [{ content: datamodel, path: 'schema.prisma' }] },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    });
    return { sql: result.stdout ?? '', drifted: result.exitCode === 2 };
  } finally {
    instance.free();
    await Promise.all(shadows.map((shadow) => shadow.close()));
  }
}
