import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addPerson,
  codeOf,
  decide,
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

const SNAPSHOT = {
  v: 1,
  kind: 'single_ring',
  slot_bytes: 256,
  capacity: 1024,
  cursor: 10,
  counters: {
    records_in: 10,
    records_out: 8,
    dropped: 2,
    rejected: 0,
    bytes_in: 100,
    bytes_out: 80,
  },
  stages: [
    { index: 0, gating: 10, lag: 0, processed: 10, dropped: 1, rejected: 0 },
    { index: 1, gating: 10, lag: 0, processed: 9, dropped: 1, rejected: 0 },
    { index: 2, gating: 8, lag: 2, processed: 8, dropped: 0, rejected: 0 },
  ],
  generation: 7,
};

describe('the thread from draft to running', () => {
  it('lets policy approve in development, and says so', async () => {
    const api = server.as(server.owner);
    const agent = await enrollTestAgent(server, server.development.id);
    const version = await makeVersion(server);
    expect(version.number).toBe(1);
    const bundle = await makeBundle(server, server.development.id, version.versionId);
    const created = await deploy(server, {
      versionId: version.versionId,
      bundleId: bundle.bundleId,
      agentIds: [agent.id],
    });
    expect(created.approval).toBe('policy');
    await server.runJobs();
    const { desired } = await agent.heartbeat();
    expect(desired).toMatchObject([
      { slot: 'orders', deployment_id: created.deploymentId, epoch: 1, state: 'run' },
    ]);
    const tar = await agent.call('GET', `/deployments/${created.deploymentId}/bundle`);
    expect(tar.headers['content-type']).toBe('application/x-tar');
    const hash = desired[0]?.bundle_hash ?? '';
    const status = await agent.status(created.deploymentId, 1, 'active');
    expect(status.json()).toEqual({ deployment_state: 'active' });
    await agent.heartbeat([
      {
        slot: 'orders',
        running: {
          deployment_id: created.deploymentId,
          deployment_digest: created.digest,
          epoch: 1,
          bundle_hash: hash,
          since: new Date().toISOString(),
        },
        attempted: null,
        snapshot: SNAPSHOT,
        last_words: ['started'],
      },
    ]);
    const shown = await api.deployments.get({ deploymentId: created.deploymentId });
    expect(shown.state).toBe('active');
    expect(shown.transitions.map((one) => one.to)).toEqual([
      'pending_approval',
      'approved',
      'building',
      'deploying',
      'active',
    ]);
    expect(shown.approval).toMatchObject({ mode: 'policy', issuedBy: 'policy:dev-auto-approval' });
    const [counted] = await api.deployments.numbers({ deploymentId: created.deploymentId });
    expect(counted?.numbers?.snapshot.counters.records_out).toBe(8);
    expect(shown.stages.map((stage) => stage.id)).toEqual(['json', 'quiet', 'mask']);
    expect(shown.agents[0]?.running).not.toBeNull();
    const audit = await api.audit.list({ orgId: server.org.id });
    const approval = audit.records.find((record) => record.action === 'approval.approve');
    expect(approval).toMatchObject({ actor: { kind: 'policy' }, outcome: 'allowed' });
  });

  it('needs a second person in production, and supersedes what ran', async () => {
    const api = server.as(server.owner);
    const agent = await enrollTestAgent(server, server.production.id);
    const versions = await api.versions.list({ environmentId: server.development.id });
    const version = await api.versions.promote({
      versionId: versions[0]?.id ?? '',
      environmentId: server.production.id,
    });
    const bundle = await makeBundle(server, server.production.id, version.versionId);
    const choice = {
      versionId: version.versionId,
      bundleId: bundle.bundleId,
      agentIds: [agent.id],
    };
    const first = await deploy(server, choice);
    expect(first.approval).toBe('person');
    expect(await codeOf(decide(server, server.owner, first))).toBe('approval_own_request');
    const second = await addPerson(server, 'Olive', 'operator');
    expect(
      await codeOf(
        server.as(second).approvals.approve({
          approvalId: first.approvalId,
          digest: 'sha256:other',
        }),
      ),
    ).toBe('approval_digest_changed');
    const inbox = await server.as(second).approvals.inbox();
    expect(inbox).toMatchObject([{ id: first.approvalId, refusal: null, own: false }]);
    await decide(server, second, first);
    await server.runJobs();
    await agent.status(first.deploymentId, 1, 'active');

    const again = await deploy(server, choice);
    await decide(server, second, again);
    await server.runJobs();
    // On its way the newer one is desired; the older one stays active until the agent confirms.
    expect((await agent.heartbeat()).desired).toMatchObject([
      { deployment_id: again.deploymentId, epoch: 2 },
    ]);
    expect(
      (await api.deployments.get({ deploymentId: first.deploymentId })).supersededAt,
    ).toBeNull();
    await agent.status(again.deploymentId, 2, 'active');
    const old = await api.deployments.get({ deploymentId: first.deploymentId });
    expect(old.state).toBe('active');
    expect(old.supersededBy).toBe(again.deploymentId);

    const third = await deploy(server, choice);
    await decide(server, second, third);
    await server.runJobs();
    await agent.status(third.deploymentId, 3, 'failed', 'E_MANIFEST_FILES');
    const failed = await api.deployments.get({ deploymentId: third.deploymentId });
    expect(failed).toMatchObject({ state: 'failed', failure: { code: 'E_MANIFEST_FILES' } });
    expect((await agent.heartbeat()).desired).toMatchObject([
      { deployment_id: again.deploymentId, epoch: 2, state: 'run' },
    ]);
  });
});
