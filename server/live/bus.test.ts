import type { Client } from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../test/harness.ts';
import { openLiveBus, type StoredEvent } from './bus.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

it('tells what was committed while its connection was lost', async () => {
  const { database } = server.services;
  const connections: Client[] = [];
  const bus = await openLiveBus(
    {
      ...database,
      dedicated() {
        const client = database.dedicated();
        connections.push(client);
        return client;
      },
    },
    pino({ level: 'silent' }),
  );
  const heard: StoredEvent[] = [];
  bus.subscribe((stored) => heard.push(stored));
  const publish = (id: string) =>
    database.transact((db) =>
      bus.publish(db, { type: 'draft', id, orgId: server.org.id, environmentId: null }, new Date()),
    );
  const ids = () => heard.map((stored) => stored.event.id);
  try {
    await publish(server.draftId);
    await expect.poll(ids).toContain(server.draftId);

    const gap = Array.from({ length: 600 }, (_, n) => `gap ${n}`);
    const [first] = connections;
    (
      first as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
    await database.transact(async (db) => {
      await db.liveEvent.createMany({
        data: gap.map((resourceId) => ({
          orgId: server.org.id,
          type: 'draft',
          resourceId,
          at: new Date(),
        })),
      });
    });
    await expect.poll(() => connections.length, { timeout: 10_000 }).toBe(2);
    await expect.poll(ids, { timeout: 10_000 }).toEqual(expect.arrayContaining(gap));

    // And it listens again.
    await publish(server.project.id);
    await expect.poll(ids).toContain(server.project.id);
  } finally {
    await bus.close();
  }
});
