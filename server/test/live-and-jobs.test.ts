import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCaller } from '../caller.ts';
import { ByteorError } from '../errors.ts';
import { jobHandlers } from '../jobs/handlers.ts';
import { watchEvents } from '../live/watch-events.ts';
import {
  addPerson,
  cookieOf,
  deploy,
  enrollTestAgent,
  makeBundle,
  makeVersion,
  startTestServer,
  type TestServer,
} from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** A stream in a session that stands, with its id, once it hears; short pings, so that its end is soon told. */
async function watch(
  user: TestServer['owner'],
  input: { lastEventId?: string; topics?: string[]; takesOver?: boolean } = {},
) {
  const abort = new AbortController();
  const { database, identity } = server.services;
  const cookie = await cookieOf(server, user);
  const who = await identity.userOf(new Headers({ cookie }));
  if (!who) throw new Error('the session was not found');
  const caller = await loadCaller(database.client, who);
  const events = watchEvents(server.services, caller, input, abort.signal, 200);
  const next = async () => {
    const { value } = await events.next();
    if (!value) throw new Error('the stream ended');
    return { id: String(value[0]), event: value[1] };
  };
  const { id: place, event: first } = await next();
  expect(first).toEqual({ type: 'hears' });
  return {
    /** Where it stood when it began. */
    place,
    next,
    sessionId: who.session.id,
    async stop() {
      abort.abort();
      await events.return(undefined);
    },
  };
}

/** The code with which a stream ends that gets no event. */
async function endOf(stream: { next(): Promise<unknown> }): Promise<string> {
  try {
    for (;;) await stream.next();
  } catch (error) {
    if (error instanceof ByteorError) return error.code;
    throw error;
  }
}
const rename = (name: string) =>
  server.as(server.owner).drafts.rename({ draftId: server.draftId, name });

/** Repeats a change until the event came: a generator begins to listen at its first `next`. */
async function until<T>(pending: Promise<T>, change: () => Promise<unknown>): Promise<T> {
  let over = false;
  const answer = pending.finally(() => {
    over = true;
  });
  while (!over) {
    await change();
    await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300))]);
  }
  return answer;
}

describe('live events', () => {
  it('come to who may see the thing, after the change is there', async () => {
    const stream = await watch(server.owner);
    const { event } = await until(stream.next(), () => rename('live'));
    expect(event).toMatchObject({ type: 'draft', id: server.draftId });
    await stream.stop();
  });

  it('come only about what a page says that it shows', async () => {
    const other = await server.as(server.owner).drafts.create({
      environmentId: server.development.id,
      name: 'other',
      target: 'single_ring',
    });
    const stream = await watch(server.owner, { topics: [`draft:${other.draftId}`] });
    const { event } = await until(stream.next(), async () => {
      await rename('not shown');
      await server.as(server.owner).drafts.rename({ draftId: other.draftId, name: 'shown' });
    });
    expect(event).toMatchObject({ type: 'draft', id: other.draftId });
    await stream.stop();
  });

  it('are read again from where the stream broke', async () => {
    const stream = await watch(server.owner);
    const { id } = await until(stream.next(), () => rename('one'));
    await stream.stop();
    await rename('two');
    const again = await watch(server.owner, { lastEventId: id });
    const ids = [];
    while (ids.at(-1) === undefined || Number(ids.at(-1)) <= Number(id))
      ids.push((await again.next()).id);
    expect(Number(ids.at(-1))).toBeGreaterThan(Number(id));
    await again.stop();
  });

  it('are read again from where a stream began, also when it heard none before it broke', async () => {
    for (let at = 0; at < 40; at += 1) await rename(`before ${at}`);
    const stream = await watch(server.owner);
    await stream.stop();
    await rename('between');
    const again = await watch(server.owner, { lastEventId: stream.place });
    const ids: number[] = [];
    while ((ids.at(-1) ?? 0) <= Number(stream.place)) ids.push(Number((await again.next()).id));
    // Not all that ever happened: what may have been committed late, and what came since.
    expect(ids.length).toBeLessThan(40);
    await again.stop();
  });

  it('are told once to a page whose streams take turns, and none is missed', async () => {
    const { client: db } = server.services.database;
    // What happened before was long ago.
    await db.liveEvent.updateMany({ data: { at: new Date(0) } });
    const { _max: newest } = await db.liveEvent.aggregate({ _max: { id: true } });
    await expect.poll(() => server.services.live.newest()).toBe(String(newest.id));
    const older = await watch(server.owner);
    await rename('in flight');
    const newer = await watch(server.owner, { lastEventId: older.place, takesOver: true });
    const told = await newer.next();
    expect(told.event).toMatchObject({ type: 'draft', id: server.draftId });
    expect(Number(told.id)).toBeGreaterThan(Number(older.place));
    await older.stop();
    await newer.stop();
  });

  it('are heard by a stream before the database answers it', async () => {
    const { database, live, identity } = server.services;
    const who = await identity.userOf(
      new Headers({ cookie: await cookieOf(server, server.owner) }),
    );
    if (!who) throw new Error('the session was not found');
    const caller = await loadCaller(database.client, who);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    // The database is slow with the first question of the stream.
    const slow = new Proxy(database.client, {
      get(client, name) {
        const table: unknown = Reflect.get(client, name);
        if (name !== 'environment' || typeof table !== 'object' || table === null) return table;
        return {
          findMany: async (asked: Parameters<typeof client.environment.findMany>[0]) => {
            await held;
            return client.environment.findMany(asked);
          },
        };
      },
    });
    const services = { ...server.services, database: { ...database, client: slow } };
    const abort = new AbortController();
    const events = watchEvents(services, caller, {}, abort.signal, 200);
    const first = events.next();
    const heard: string[] = [];
    const unsubscribe = live.subscribe(({ event }) => heard.push(event.id));
    await rename('while it waits');
    await expect.poll(() => heard).toContain(server.draftId);
    unsubscribe();
    release();
    expect((await first).value?.[1]).toEqual({ type: 'hears' });
    expect((await events.next()).value?.[1]).toMatchObject({ type: 'draft', id: server.draftId });
    abort.abort();
    await events.return(undefined);
  });

  it('stay away from people of another project', async () => {
    const { projectId } = await server
      .as(server.owner)
      .projects.create({ orgId: server.org.id, name: 'Next door' });
    const neighbour = await addPerson(server, 'Ned', 'operator', projectId);
    const stream = await watch(neighbour);
    const { event } = await until(stream.next(), async () => {
      await rename('not for Ned');
      await server.as(server.owner).projects.update({ projectId, name: 'Still next door' });
    });
    expect(event.type).toBe('workspace');
    await stream.stop();
  });
});

describe('a live stream', () => {
  it('ends within a ping when the session is signed out', async () => {
    const stream = await watch(server.owner);
    const end = endOf(stream);
    await server.services.database.client.session.delete({ where: { id: stream.sessionId } });
    expect(await end).toBe('sign_in_required');
  });

  it('ends within a ping when the session expires', async () => {
    const { client: db } = server.services.database;
    const stream = await watch(server.owner);
    const end = endOf(stream);
    await db.session.update({ where: { id: stream.sessionId }, data: { expiresAt: new Date(0) } });
    expect(await end).toBe('sign_in_required');
  });

  it('ends within a ping when the person is removed, and tells nothing in between', async () => {
    const rita = await addPerson(server, 'Rita', 'viewer');
    const stream = await watch(rita);
    const heard: unknown[] = [];
    const end = (async () => {
      try {
        for (;;) heard.push((await stream.next()).event.type);
      } catch (error) {
        return error instanceof ByteorError ? error.code : error;
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.as(server.owner).members.remove({ orgId: server.org.id, userId: rita.id });
    await rename('not for Rita');
    expect(await end).toBe('membership_changed');
    expect(heard).not.toContain('draft');
  });
});

describe('jobs', () => {
  it('are queued with the transaction, or not at all', async () => {
    const { database, jobs } = server.services;
    const waiting = async () =>
      (await jobs.counts())
        .filter((one) => one.name === 'deploy_bundle_build' && one.state === 'queued')
        .reduce((sum, one) => sum + one.count, 0);
    const before = await waiting();
    const payload = { orgId: server.org.id, deploymentId: server.draftId };
    await expect(
      database.transact(async (db) => {
        await jobs.enqueue(db, 'deploy_bundle_build', payload, 'rolled back');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await waiting()).toBe(before);
  });

  it('build an approved deployment without anybody waiting for it, and try again after an error', async () => {
    let failures = 1;
    const handlers = jobHandlers(server.services);
    await server.services.jobs.startWorkers({
      ...handlers,
      run: {
        ...handlers.run,
        deploy_bundle_build: async (payload, attempt) => {
          failures -= 1;
          if (failures >= 0) throw new Error('the disk was full');
          await handlers.run.deploy_bundle_build(payload, attempt);
        },
      },
    });
    const agent = await enrollTestAgent(server, server.development.id);
    const version = await makeVersion(server);
    const bundle = await makeBundle(server, server.development.id, version.versionId);
    const { deploymentId } = await deploy(server, {
      versionId: version.versionId,
      bundleId: bundle.bundleId,
      agentIds: [agent.id],
    });
    const api = server.as(server.owner);
    await expect
      .poll(async () => (await api.deployments.get({ deploymentId })).state, { timeout: 50_000 })
      .toBe('deploying');
    expect(failures).toBe(-1);
  });
});
