/**
 * Live events: a row in the transaction that made the change, and a NOTIFY that wakes every process
 * when it commits. Subscribers that reconnect read the rows that they missed.
 */
import { EventEmitter } from 'node:events';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import type { Database, Db } from '../providers/database.ts';

/** What pages fetch again when they hear of it; kept as rows, so that no page misses one. */
export const LIVE_TOPICS = [
  'workspace',
  'member',
  'draft',
  'version',
  'bundle',
  'deployment',
  'approval',
  'agent',
  'review',
  'notification',
] as const;
export type LiveTopic = (typeof LIVE_TOPICS)[number];

/** With those that are only told, because they are out of date in a second. */
export type LiveEventType = LiveTopic | 'setup' | 'live';

export interface LiveEvent {
  type: LiveEventType;
  /** The thing that changed: fetch it again. */
  id: string;
  orgId: string;
  environmentId: string | null;
  /** ISO time. */
  at: string;
  /** Told to this person only; without one, to everybody who may see the place. */
  userId?: string;
  /** Only `live` events carry data: they are too frequent to fetch for each. */
  data?: unknown;
  /**
   * Of a `draft` event that is about the content: whoever holds this revision needn't fetch it.
   * Not in the backlog: who missed events fetches.
   */
  revision?: number;
}

/** An event with its place in the backlog; `live` and `setup` events have none. */
export interface StoredEvent {
  sequence: string | null;
  event: LiveEvent;
}

export interface LiveBus {
  /** Tells of a change; heard by everybody once `db`'s transaction commits. */
  publish(db: Db, event: Omit<LiveEvent, 'at'> & { type: LiveTopic }, now: Date): Promise<void>;
  /** Tells this and other processes at once, without a row: for what is out of date in a second. */
  tell(event: LiveEvent): Promise<void>;
  subscribe(listener: (stored: StoredEvent) => void): () => void;
  /** The place of the newest event that was heard here. */
  newest(): string;
  /**
   * Events after `sequence`, with an overlap, because sequences may commit out of order; of the overlap
   * only what is not older than `since`, where that is given.
   */
  backlog(orgIds: readonly string[], sequence: string, since?: Date): Promise<StoredEvent[]>;
  close(): Promise<void>;
}

const OVERLAP = 32n;
const PAGE = 500;
/** PostgreSQL refuses notifications of 8000 bytes and more. */
const NOTIFY_LIMIT = 7800;
const RECONNECT_MILLIS = 1000;

export async function openLiveBus(database: Database, log: Logger): Promise<LiveBus> {
  const emitter = new EventEmitter().setMaxListeners(0);
  const channel = `byteor_live_${database.schema}`;
  let closed = false;
  let listening: Client | null = null;
  /** The newest row that was heard of: where a listener that was away goes on. */
  let heard = 0n;

  const listen = async (): Promise<void> => {
    const client = database.dedicated();
    client.on('notification', (message) => {
      if (message.channel !== channel || !message.payload) return;
      tellAll(JSON.parse(message.payload) as StoredEvent);
    });
    client.on('error', (error) => log.warn({ err: error }, 'live events: connection lost'));
    client.on('end', () => {
      listening = null;
      if (!closed) setTimeout(() => void reconnect(), RECONNECT_MILLIS).unref();
    });
    await client.connect();
    await client.query(`LISTEN "${channel}"`);
    listening = client;
    await replayGap();
  };
  const tellAll = (stored: StoredEvent): void => {
    if (stored.sequence !== null && BigInt(stored.sequence) > heard)
      heard = BigInt(stored.sequence);
    emitter.emit('event', stored);
  };
  /** What was committed while nobody listened. An event that comes twice is only fetched twice. */
  const replayGap = async (): Promise<void> => {
    if (heard === 0n) {
      const newest = await database.client.liveEvent.aggregate({ _max: { id: true } });
      heard = newest._max.id ?? 0n;
      return;
    }
    for await (const stored of rowsAfter(database, heard - OVERLAP)) tellAll(stored);
  };
  const reconnect = async (): Promise<void> => {
    if (closed) return;
    try {
      await listen();
    } catch (error) {
      log.warn({ err: error }, 'live events: reconnect failed, trying again');
    }
  };
  await listen();

  return {
    async publish(db, event, now) {
      const row = await db.liveEvent.create({
        data: {
          orgId: event.orgId,
          environmentId: event.environmentId,
          type: event.type,
          resourceId: event.id,
          userId: event.userId ?? null,
          at: now,
        },
      });
      const stored: StoredEvent = {
        sequence: String(row.id),
        event: { ...event, at: now.toISOString() },
      };
      await db.$executeRaw`SELECT pg_notify(${channel}, ${JSON.stringify(stored)})`;
    },
    async tell(event) {
      let payload = JSON.stringify({ sequence: null, event } satisfies StoredEvent);
      if (Buffer.byteLength(payload) >= NOTIFY_LIMIT) {
        // Too large to carry: the listener fetches it instead.
        const { data: _, ...bare } = event;
        payload = JSON.stringify({ sequence: null, event: bare } satisfies StoredEvent);
      }
      await database.pool.query('SELECT pg_notify($1, $2)', [channel, payload]);
    },
    subscribe(listener) {
      emitter.on('event', listener);
      return () => emitter.off('event', listener);
    },
    newest: () => String(heard),
    async backlog(orgIds, sequence, since) {
      if (!/^\d{1,18}$/.test(sequence)) return [];
      const events: StoredEvent[] = [];
      for await (const stored of rowsAfter(database, BigInt(sequence) - OVERLAP, orgIds)) {
        const isNew = BigInt(stored.sequence ?? 0) > BigInt(sequence);
        if (isNew || !since || Date.parse(stored.event.at) >= since.getTime()) events.push(stored);
      }
      return events;
    },
    async close() {
      closed = true;
      await listening?.end();
    },
  };
}

/** The rows after an id, oldest first, of these organizations or of all; page by page. */
async function* rowsAfter(
  database: Database,
  after: bigint,
  orgIds?: readonly string[],
): AsyncGenerator<StoredEvent> {
  for (let place = after; ;) {
    const rows = await database.client.liveEvent.findMany({
      where: { ...(orgIds ? { orgId: { in: [...orgIds] } } : {}), id: { gt: place } },
      orderBy: { id: 'asc' },
      take: PAGE,
    });
    for (const row of rows) {
      place = row.id;
      yield {
        sequence: String(row.id),
        event: {
          type: row.type,
          id: row.resourceId,
          orgId: row.orgId,
          environmentId: row.environmentId,
          at: row.at.toISOString(),
          ...(row.userId === null ? {} : { userId: row.userId }),
        },
      };
    }
    if (rows.length < PAGE) return;
  }
}
