import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addPerson,
  deploy,
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

  it('is who else asks for the same slot', async () => {
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

describe('the inbox', () => {
  it('says for each reader whether they may decide, else why not, as the decision would', async () => {
    const { approvalId } = await deploy(server, choice);
    const viewer = await addPerson(server, 'Vera', 'viewer');
    const entry = async (user: TestServer['owner']) =>
      (await server.as(user).approvals.inbox()).find(({ id }) => id === approvalId);
    expect(await entry(operator)).toMatchObject({
      refusal: null,
      compared: { running: null, changes: null, goesBack: null, bundleChanged: false },
      reviewed: { reviews: [{ verdict: 'fine' }] },
    });
    expect(await entry(server.owner)).toMatchObject({ refusal: 'approval_own_request' });
    expect(await entry(viewer)).toMatchObject({ refusal: 'permission_denied' });
    server.advance(24 * 60 + 1);
    expect(await entry(operator)).toMatchObject({ refusal: 'approval_expired' });
  });
});
