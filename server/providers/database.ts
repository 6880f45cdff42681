/**
 * The database provider: PGlite in a data folder, or PostgreSQL at a URL. Both are reached by the
 * same `pg` pool and the same Prisma adapter.
 */
import { fsyncSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../db/generated/client.ts';
import { applyMigrations, SETUP_LOCK } from '../db/migrations.ts';
import { PgliteHub } from '../db/pglite-socket.ts';

/** A Prisma client that may be inside a transaction: what operations and rules are given. */
export type Db = Prisma.TransactionClient;

export interface Database {
  readonly kind: 'embedded' | 'postgres';
  readonly schema: string;
  readonly client: PrismaClient;
  readonly pool: pg.Pool;
  /** A connection of its own, for LISTEN. The caller connects and ends it. */
  dedicated(): pg.Client;
  /**
   * Runs `work` in a serializable transaction and runs it again when another transaction won.
   * `work` must use only the client it is given and have no effects outside the database.
   */
  transact<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /**
   * Runs `work` while no other process on this database runs such work: what fills an empty one.
   * Not for anything that a request waits for.
   */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  kind: 'embedded';
  /** Folder of the database; `memory` for a test's throw-away one. */
  folder: string | 'memory';
  /** Called once per file sync; a test counts them. */
  onSync?: () => void;
  /** A dump of a data folder to begin with, where there is none yet. */
  template?: Blob;
}

export interface PostgresOptions {
  kind: 'postgres';
  url: string;
  schema: string;
}

const TRANSACTION_ATTEMPTS = 8;

/** Opens the database and brings its schema up to date. */
export async function openDatabase(options: EmbeddedOptions | PostgresOptions): Promise<Database> {
  const source = options.kind === 'embedded' ? await openPglite(options) : openPostgres(options);
  try {
    await applyMigrations(source.pool, source.schema);
  } catch (error) {
    await source.close();
    throw error;
  }
  const client = new PrismaClient({
    adapter: new PrismaPg(source.pool, { schema: source.schema }),
    transactionOptions: { maxWait: 30_000, timeout: 60_000 },
  });

  return {
    kind: options.kind,
    schema: source.schema,
    client,
    pool: source.pool,
    dedicated: source.dedicated,
    transact: (work) =>
      retrying(() => client.$transaction(work, { isolationLevel: 'Serializable' })),
    async alone(work) {
      // An embedded database has one process, and one session, which a lock would not exclude.
      if (options.kind === 'embedded') return work();
      const holder = source.dedicated();
      await holder.connect();
      try {
        await holder.query('SELECT pg_advisory_lock($1)', [SETUP_LOCK]);
        return await work();
      } finally {
        await holder.end();
      }
    },
    async close() {
      await client.$disconnect();
      await source.close();
    },
  };
}

/** Repeats a transaction that lost against another one; every other error passes through. */
async function retrying<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= TRANSACTION_ATTEMPTS || !lostRace(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }
}

function lostRace(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError) {
    if (error.code === 'P2034') return true;
  }
  const text = error instanceof Error ? `${error.message} ${JSON.stringify(error)}` : String(error);
  return /40001|40P01|TransactionWriteConflict|could not serialize/.test(text);
}

interface Source {
  schema: string;
  pool: pg.Pool;
  dedicated(): pg.Client;
  close(): Promise<void>;
}

/**
 * PGlite's own start parameters without `-F` (which turns syncs off), with a WAL sync method that
 * the file system below can honour, and with less shared memory.
 */
function startParameters(): string[] {
  return [
    ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
    '-c',
    'wal_sync_method=fsync',
    '-c',
    'shared_buffers=16MB',
    '-c',
    'timezone=UTC',
  ];
}

interface NodeFsStream {
  nfd: number;
}
interface NodeFsModule {
  FS: { filesystems: { NODEFS: { stream_ops: { fsync?: (stream: NodeFsStream) => number } } } };
}

async function openPglite(options: EmbeddedOptions): Promise<Source> {
  if (options.folder !== 'memory') mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create(options.folder === 'memory' ? 'memory://' : options.folder, {
    startParams: startParameters(),
    ...(options.template ? { loadDataDir: options.template } : {}),
  });
  if (options.folder !== 'memory') {
    // The file system's fsync is a stub in this build; without this nothing is ever synced.
    const module = pglite.Module as unknown as NodeFsModule;
    module.FS.filesystems.NODEFS.stream_ops.fsync = (stream) => {
      fsyncSync(stream.nfd);
      options.onSync?.();
      return 0;
    };
  }
  const hub = new PgliteHub(pglite);
  const connection = {
    stream: hub.socket as unknown as () => never,
    user: 'postgres',
    database: 'postgres',
  };
  const pool = new pg.Pool({ ...connection, max: 8 });
  return {
    schema: 'public',
    pool,
    dedicated: () => new pg.Client(connection),
    async close() {
      await pool.end();
      await pglite.close();
    },
  };
}

function openPostgres(options: PostgresOptions): Source {
  const connection = {
    connectionString: options.url,
    options: `-c search_path=${options.schema},public -c timezone=UTC`,
  };
  const pool = new pg.Pool({ ...connection, max: 16 });
  return {
    schema: options.schema,
    pool,
    dedicated: () => new pg.Client(connection),
    close: () => pool.end(),
  };
}

/** Where the embedded database of a data folder lives. */
export function embeddedFolder(dataDir: string): string {
  return join(dataDir, 'database');
}
