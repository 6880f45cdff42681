import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addPerson,
  clearTheWay,
  codeOf,
  deploy,
  makeBundle,
  makeChoice,
  startTestServer,
  type TestAgent,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let operator: TestServer['owner'];
let agent: TestAgent;
let choice: { versionId: string; bundleId: string; agentIds: string[] };

beforeAll(async () => {
  server = await startTestServer();
  operator = await addPerson(server, 'Olive', 'operator');
  ({ agent, choice } = await makeChoice(server));
});
afterAll(() => server.close());

const get = (approvalId: string) => server.as(operator).approvals.get({ approvalId });

describe('what stands beside a decision', () => {
  it('is who wrote it, whether agents are there and can run it, and what its cases gave', async () => {
    const { approvalId } = await deploy(server, choice);
    expect(await get(approvalId)).toMatchObject({
      authors: [{ id: server.owner.id }],
      wroteIt: false,
      cases: { of: 0, run: null, pageOnly: 0 },
      reviews: [],
      openThreads: 0,
      otherRequests: [],
      agents: [{ id: agent.id, status: 'never_seen', lacks: [], outside: [] }],
    });
    await agent.heartbeat([], { spec_features: [], allowed_roots: ['/elsewhere'] });
    const [there] = (await get(approvalId)).agents;
    expect(there).toMatchObject({ status: 'online', lacks: ['single_ring'] });
    expect(there?.outside.length).toBeGreaterThan(0);
    await agent.heartbeat();
  });

  it('is everybody who wrote a part of it, and nobody who wrote only later', async () => {
    const oscar = await addPerson(server, 'Oscar', 'operator');
    const zoe = await addPerson(server, 'Zoe', 'operator');
    const { compiler } = server.services;
    const { text, target } = await server.as(server.owner).drafts.get({ draftId: server.draftId });
    const writes = async (by: TestServer['owner'], draftId: string, mark: string) => {
      const { drafts } = server.as(by);
      const { revision: baseRevision } = await drafts.get({ draftId });
      const more = { layout: {}, compilerVersion: compiler.version };
      return drafts.save({ draftId, baseRevision, text: `${text}# ${mark}\n`, target, ...more });
    };
    const versionOf = async (draftId: string, revision: number) =>
      server.as(server.owner).versions.create({
        draftId,
        revision,
        expectedSpecHash: compiler.compile(text, target).report?.spec_hash ?? '',
        compilerVersion: compiler.version,
      });
    const authorsOf = async (versionId: string) => {
      const { environmentId } = await server.as(server.owner).versions.get({ versionId });
      const promoted =
        environmentId === server.production.id
          ? { versionId }
          : await server
              .as(server.owner)
              .versions.promote({ versionId, environmentId: server.production.id });
      const { bundleId } = await makeBundle(server, server.production.id, promoted.versionId);
      const asked = { versionId: promoted.versionId, bundleId, agentIds: [agent.id] };
      const { approvalId } = await deploy(server, asked);
      const { authors } = await get(approvalId);
      await clearTheWay(server);
      return authors.map(({ name }) => name).sort();
    };
    const made = await server.as(server.owner).drafts.create({
      environmentId: server.production.id,
      name: 'together',
      text,
      target,
    });
    await writes(oscar, made.draftId, 'by Oscar');
    const { revision } = await writes(server.owner, made.draftId, 'by the owner');
    const { versionId, number } = await versionOf(made.draftId, revision);
    // Who saved between the first and the last is an author, who saves after the version isn't.
    await writes(zoe, made.draftId, 'by Zoe');
    expect(await authorsOf(versionId)).toEqual(['Oscar', 'Owner']);

    // A draft that starts from the version was written by them, too.
    const again = await server.as(zoe).drafts.create({
      environmentId: server.production.id,
      name: 'mine alone',
      text,
      target,
      basedOn: number,
    });
    const next = await versionOf(again.draftId, again.revision);
    expect(await authorsOf(next.versionId)).toEqual(['Oscar', 'Owner', 'Zoe']);
    const reviews = await server.as(oscar).reviews.get({ versionId: next.versionId });
    expect(reviews.isAuthor).toBe(true);
  });

  it('is who else asks for the same slot', async () => {
    await deploy(server, choice);
    const first = await deploy(server, choice);
    const { otherRequests } = await get(first.approvalId);
    expect(otherRequests).toMatchObject([
      { requestedBy: { id: server.owner.id }, version: { id: choice.versionId } },
    ]);
    expect(otherRequests.map(({ id }) => id)).not.toContain(first.approvalId);
  });

  it('is who reviewed it, by the last verdict of each', async () => {
    const { approvalId } = await deploy(server, choice);
    const api = server.as(operator);
    const review = { versionId: choice.versionId, viewed: 1, total: 2, body: 'Mask more' };
    await api.reviews.finish({ ...review, verdict: 'changes_wanted' });
    await api.reviews.finish({ ...review, viewed: 2, verdict: 'fine' });
    expect((await get(approvalId)).reviews).toMatchObject([
      { person: { id: operator.id, proven: true }, verdict: 'fine', viewed: 2, total: 2 },
    ]);
  });
});

describe('what was read is what is decided on', () => {
  /** Opens an approval, lets something happen, and decides on what was read before. */
  async function afterwards(happens: (created: Awaited<ReturnType<typeof deploy>>) => unknown) {
    const created = await deploy(server, choice);
    const { approvalId, digest } = created;
    const { approvals } = server.as(operator);
    const { basis } = await approvals.get({ approvalId });
    await happens(created);
    const code = await codeOf(approvals.approve({ approvalId, digest, basis }));
    return { code, approvalId, digest, basis };
  }

  it.each<[string, (created: Awaited<ReturnType<typeof deploy>>) => unknown]>([
    [
      'a review',
      () =>
        server.as(operator).reviews.finish({
          versionId: choice.versionId,
          verdict: 'comment',
          body: '',
          viewed: 0,
          total: 2,
        }),
    ],
    [
      'an open thread',
      () =>
        server.as(operator).reviews.comment({
          versionId: choice.versionId,
          anchor: 'plan',
          body: 'Is this meant?',
        }),
    ],
    ['another request for the slot', () => deploy(server, choice)],
    [
      'what its cases gave',
      () =>
        server.services.database.client.caseRun.create({
          data: {
            orgId: server.org.id,
            versionId: choice.versionId,
            outcomes: [],
            ranAt: new Date(),
            tookMs: 1,
          },
        }),
    ],
    ['what an agent can’t do', () => agent.heartbeat([], { allowed_roots: ['/elsewhere'] })],
  ])('%s since then is read first', async (_what, happens) => {
    const { code, approvalId } = await afterwards(happens);
    expect(code).toBe('comparison_changed');
    expect((await get(approvalId)).state).toBe('pending');
    await agent.heartbeat();
    await clearTheWay(server);
  });

  it('the silence of an agent refuses nothing: the clock decides no decision', async () => {
    const { code } = await afterwards(async ({ approvalId }) => {
      await agent.heartbeat();
      server.advance(10);
      expect((await get(approvalId)).agents).toMatchObject([{ status: 'offline' }]);
    });
    expect(code).toBe('none');
    await clearTheWay(server);
  });

  it('also where one person decides alone', async () => {
    const settings = (breakGlassAllowed: boolean) =>
      server.as(server.owner).environments.update({
        environmentId: server.production.id,
        settings: { quorum: breakGlassAllowed ? 2 : 1, breakGlassAllowed },
      });
    await settings(true);
    const { approvalId, digest } = await deploy(server, choice);
    const { approvals } = server.as(operator);
    const opened = await approvals.get({ approvalId });
    await deploy(server, choice);
    const alone = (basis: string) =>
      codeOf(approvals.breakGlass({ approvalId, digest, basis, reason: 'it burns' }));
    expect(await alone(opened.basis)).toBe('comparison_changed');
    expect(await alone((await approvals.get({ approvalId })).basis)).toBe('none');
    await settings(false);
    await clearTheWay(server);
  });
});

describe('the inbox', () => {
  it('asks the database as often for many requests as for one, and its badge counts what it lists', async () => {
    await clearTheWay(server);
    const { database } = server.services;
    const { client } = database;
    const asked: string[] = [];
    const counting = new Proxy(client, {
      get(target, model: string) {
        const table = Reflect.get(target, model) as object;
        return typeof table !== 'object' || table === null
          ? table
          : new Proxy(table, {
              get(of, method: string) {
                const call = Reflect.get(of, method) as unknown;
                if (typeof call !== 'function') return call;
                return (...given: unknown[]) => {
                  asked.push(`${model}.${method}`);
                  return Reflect.apply(call, of, given) as unknown;
                };
              },
            });
      },
    });
    const queriesOf = async (of: () => Promise<unknown>) => {
      asked.length = 0;
      Object.defineProperty(database, 'client', { value: counting, configurable: true });
      try {
        await of();
      } finally {
        Object.defineProperty(database, 'client', { value: client, configurable: true });
      }
      return [...asked];
    };
    const api = server.as(operator);
    await deploy(server, choice);
    const one = await queriesOf(() => api.approvals.inbox());
    const oneBadge = await queriesOf(() => api.approvals.waiting());
    for (let more = 0; more < 4; more += 1) await deploy(server, choice);
    expect(await queriesOf(() => api.approvals.inbox())).toEqual(one);
    expect(await queriesOf(() => api.approvals.waiting())).toEqual(oneBadge);
    expect(one.length).toBeGreaterThan(5);
    expect(oneBadge.length).toBeLessThan(one.length);
    const viewer = await addPerson(server, 'Vito', 'viewer');
    for (const [person, yours] of [
      [operator, 5],
      [server.owner, 0],
      [viewer, 0],
    ] as const) {
      const { approvals } = server.as(person);
      const listed = (await approvals.inbox()).filter(({ refusal }) => refusal === null);
      expect(listed).toHaveLength(yours);
      expect(await approvals.waiting()).toEqual({ yours });
    }
    await clearTheWay(server);
  });

  it('says for each reader whether they may decide, else why not, as the decision would', async () => {
    const { approvalId } = await deploy(server, choice);
    const viewer = await addPerson(server, 'Vera', 'viewer');
    const entry = async (user: TestServer['owner']) =>
      (await server.as(user).approvals.inbox()).find(({ id }) => id === approvalId);
    expect(await entry(operator)).toMatchObject({
      refusal: null,
      compared: { running: null, changes: null, goesBack: null, bundleChanged: false },
      reviewed: { reviews: [{ verdict: 'comment' }] },
    });
    expect(await entry(server.owner)).toMatchObject({ refusal: 'approval_own_request' });
    expect(await entry(viewer)).toMatchObject({ refusal: 'permission_denied' });
    server.advance(24 * 60 + 1);
    expect(await entry(operator)).toMatchObject({ refusal: 'approval_expired' });
  });
});
