/** Who hears of approvals and deployments, and until when something waits for somebody. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from '../ids/uuid.ts';
import { runTimers } from '../jobs/timers.ts';
import { KEPT } from '../notifications/notify.ts';
import {
  addPerson,
  decide,
  deploy,
  enrollTestAgent,
  makeBundle,
  makeVersion,
  startTestServer,
  type TestPerson,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let olive: TestPerson;
let oscar: TestPerson;
let vi: TestPerson;
let agent: Awaited<ReturnType<typeof enrollTestAgent>>;
let choice: { versionId: string; bundleId: string; agentIds: string[] };

beforeAll(async () => {
  server = await startTestServer();
  olive = await addPerson(server, 'Olive', 'operator');
  oscar = await addPerson(server, 'Oscar', 'operator');
  vi = await addPerson(server, 'Vi', 'viewer');
  agent = await enrollTestAgent(server, server.production.id);
  const { versionId } = await makeVersion(server);
  const promoted = await server
    .as(server.owner)
    .versions.promote({ versionId, environmentId: server.production.id });
  const { bundleId } = await makeBundle(server, server.production.id, promoted.versionId);
  choice = { versionId: promoted.versionId, bundleId, agentIds: [agent.id] };
});
afterAll(() => server.close());

async function unread(person: TestPerson) {
  const { notifications } = await server.as(person).notifications.list();
  return notifications.flatMap(({ readAt, kind, actor }) =>
    readAt === null ? [[kind, actor?.name ?? null]] : [],
  );
}

it('an approval waits for whoever may decide, until somebody did; who asked hears of that', async () => {
  const created = await deploy(server, choice);
  expect(await unread(olive)).toEqual([['approval_waits', 'Owner']]);
  expect(await unread(oscar)).toEqual([['approval_waits', 'Owner']]);
  expect(await unread(vi)).toEqual([]);
  expect(await unread(server.owner)).toEqual([]);
  const [shown] = (await server.as(olive).notifications.list()).notifications;
  expect(shown).toMatchObject({
    approvalId: created.approvalId,
    environment: { id: server.production.id },
    subject: expect.stringMatching(/ v1$/) as string,
  });

  await decide(server, olive, created, 'approve');
  expect(await unread(olive)).toEqual([]);
  expect(await unread(oscar)).toEqual([]);
  expect(await unread(server.owner)).toEqual([['approval_decided', 'Olive']]);
  await server.as(server.owner).notifications.markRead({});

  await server.runJobs();
  const deployment = await server.services.database.client.deployment.findUniqueOrThrow({
    where: { id: created.deploymentId },
  });
  const { epoch } = deployment;
  await agent.status(created.deploymentId, epoch ?? 0, 'failed', 'E_BUNDLE_EXPIRED');
  expect(await unread(server.owner)).toEqual([['deployment_failed', null]]);
});

it('a rollout that pauses on trouble is told to who asked, once', async () => {
  const second = await enrollTestAgent(server, server.production.id, { name: 'second' });
  const created = await deploy(server, { ...choice, agentIds: [agent.id, second.id] });
  await decide(server, olive, created, 'approve');
  await server.as(server.owner).notifications.markRead({});
  await server.runJobs();
  for (const one of [agent, second]) {
    const { desired } = await one.heartbeat();
    const [told] = desired.filter(({ deployment_id: id }) => id === created.deploymentId);
    if (!told) continue;
    const attempted = {
      deployment_id: created.deploymentId,
      epoch: told.epoch,
      phase: 'retrying',
      at: new Date().toISOString(),
      code: 'E_START_FAILED',
      message: 'It ended at once.',
    };
    const { slot } = told;
    const report = { slot, running: null, attempted, snapshot: null, last_words: [] };
    for (let beat = 0; beat < 3; beat += 1) await one.heartbeat([report]);
  }
  expect(await unread(server.owner)).toEqual([['deployment_paused', null]]);
  const { deploymentId } = created;
  await server.as(server.owner).notifications.markRead({});
  await server.as(server.owner).deployments.abort({ deploymentId, reason: 'It ends at once.' });
  // What somebody did themselves they needn't be told.
  expect(await unread(server.owner)).toEqual([]);
});

it('what is withdrawn waits for nobody', async () => {
  const created = await deploy(server, choice);
  expect(await unread(oscar)).toHaveLength(1);
  await server.as(server.owner).deployments.withdraw({ deploymentId: created.deploymentId });
  expect(await unread(oscar)).toEqual([]);
  await server.as(server.owner).notifications.markRead({});
});

it('where approvers are named, it waits for them alone', async () => {
  const { client: db } = server.services.database;
  const where = { id: server.production.id };
  await db.environment.update({ where, data: { approverUsers: [oscar.id] } });
  const created = await deploy(server, choice);
  expect(await unread(oscar)).toEqual([['approval_waits', 'Owner']]);
  expect(await unread(olive)).toEqual([]);
  await server.as(server.owner).deployments.withdraw({ deploymentId: created.deploymentId });
  await db.environment.update({ where, data: { approverUsers: [] } });
});

it('what policy approves asks nobody', async () => {
  const there = await enrollTestAgent(server, server.development.id);
  const { versionId } = await makeVersion(server);
  const { bundleId } = await makeBundle(server, server.development.id, versionId, 'dev');
  await deploy(server, { versionId, bundleId, agentIds: [there.id] });
  for (const person of [server.owner, olive, oscar, vi]) expect(await unread(person)).toEqual([]);
});

it('only the newest of each person are kept', async () => {
  const { client: db } = server.services.database;
  const create = (userId: string, count: number) =>
    db.notification.createMany({
      data: Array.from({ length: count }, () => ({
        id: uuidv7(),
        orgId: server.org.id,
        environmentId: server.production.id,
        userId,
        kind: 'mention' as const,
        subject: 'orders v1',
        createdAt: server.services.clock.now(),
      })),
    });
  await create(vi.id, KEPT + 20);
  await create(oscar.id, 3);
  const others = await db.notification.count({ where: { userId: oscar.id } });
  const newest = await db.notification.findMany({
    where: { userId: vi.id },
    orderBy: { id: 'desc' },
    take: KEPT,
    select: { id: true },
  });
  await runTimers(server.services);
  const kept = await db.notification.findMany({
    where: { userId: vi.id },
    orderBy: { id: 'desc' },
    select: { id: true },
  });
  expect(kept).toEqual(newest);
  expect(await db.notification.count({ where: { userId: oscar.id } })).toBe(others);
});
