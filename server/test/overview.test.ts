/** The fleet at a glance: what an operator sees of environments, and what each agent's page tells. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addPerson,
  codeOf,
  deploy,
  enrollTestAgent,
  makeBundle,
  makeVersion,
  startTestServer,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let agent: Awaited<ReturnType<typeof enrollTestAgent>>;
let deploymentId: string;
beforeAll(async () => {
  server = await startTestServer();
  agent = await enrollTestAgent(server, server.development.id, { name: 'edge-1' });
  const { versionId } = await makeVersion(server);
  const bundle = await makeBundle(server, server.development.id, versionId);
  const choice = { versionId, bundleId: bundle.bundleId, agentIds: [agent.id], slot: 'orders' };
  ({ deploymentId } = await deploy(server, choice));
  await server.runJobs();
}, 60_000);
afterAll(() => server.close());

async function beat(recordsIn: number, lag = 0) {
  const { epoch, digest } = await server
    .as(server.owner)
    .deployments.get({ deploymentId })
    .then((one) => ({ epoch: one.epoch ?? 0, digest: one.digest }));
  const at = server.services.clock.now().toISOString();
  await agent.heartbeat([
    {
      slot: 'orders',
      running: {
        deployment_id: deploymentId,
        deployment_digest: digest,
        epoch,
        bundle_hash: 'sha256:x',
        since: '2026-01-01T00:00:00.000Z',
      },
      attempted: { deployment_id: deploymentId, epoch, phase: 'active', at },
      snapshot: {
        v: 2,
        kind: 'single_ring',
        slot_bytes: 256,
        capacity: 1024,
        cursor: recordsIn,
        counters: {
          records_in: recordsIn,
          records_out: recordsIn,
          dropped: 0,
          rejected: 0,
          bytes_in: 0,
          bytes_out: 0,
        },
        stages: [
          { index: 0, processed: recordsIn, dropped: 0, rejected: 0, gating: recordsIn, lag },
        ],
        generation: '00000000000000aa',
      },
      last_words: [],
    },
  ]);
}
const environmentOf = async (name: string) => {
  const { environments } = await server.as(server.owner).overview.get();
  return environments.find((environment) => environment.name === name);
};

describe('the overview', () => {
  it('tells what is wanted to run, who is there, what is counted and how far it is behind', async () => {
    await beat(0);
    server.advance(1);
    await beat(600, 7);
    const development = await environmentOf('development');
    expect(development?.deployments).toMatchObject([
      { id: deploymentId, slot: 'orders', version: { number: 1 }, bundle: { number: 1 } },
    ]);
    expect(development?.deployments[0]?.health[0]?.health).toMatchObject({ kind: 'running' });
    expect(development?.agents).toMatchObject([{ name: 'edge-1', status: 'online' }]);
    // 600 in a minute, and in what the test itself took beside.
    for (const rate of [development?.rates.perSecond, development?.rates.minutes.at(-1)]) {
      expect(rate).toBeGreaterThan(6);
      expect(rate).toBeLessThanOrEqual(10);
    }
    expect(development?.worstLag).toEqual({ lag: 7, deploymentId });
    expect(await environmentOf('production')).toMatchObject({
      deployments: [],
      agents: [],
      rates: { perSecond: null, unknown: 0 },
      worstLag: null,
    });
  });

  it('counts no rate of an agent that fell silent', async () => {
    await beat(1200);
    server.advance(2);
    expect(await environmentOf('development')).toMatchObject({
      agents: [{ status: 'offline' }],
      rates: { perSecond: null },
      worstLag: null,
    });
  });

  it('names deployments by slot and version in what happened last', async () => {
    const { recent, drafts } = await server.as(server.owner).overview.get();
    expect(recent.map(({ action, resource }) => [action, resource.name])).toContainEqual([
      'deployment.create',
      'orders v1',
    ]);
    expect(drafts).toMatchObject({
      total: 1,
      shown: [{ name: 'Mask order events', basedOn: { number: 1, newest: 1 } }],
    });
  });

  it('tells a draft that nothing is written in from one with errors', async () => {
    const owner = server.as(server.owner);
    const { draftId } = await owner.drafts.create({
      environmentId: server.development.id,
      name: 'Not begun',
    });
    const { drafts } = await owner.overview.get();
    expect(drafts.shown.map(({ name, empty }) => [name, empty])).toEqual([
      ['Not begun', true],
      ['Mask order events', false],
    ]);
    const [listed] = await owner.drafts.list({ environmentId: server.development.id });
    expect(listed).toMatchObject({ id: draftId, empty: true });
  });

  it('shows somebody of another project nothing of this one', async () => {
    const { projectId } = await server
      .as(server.owner)
      .projects.create({ orgId: server.org.id, name: 'Elsewhere' });
    const other = await addPerson(server, 'Other', 'operator', projectId);
    const seen = await server.as(other).overview.get();
    expect(seen.environments).toEqual([]);
    expect(seen.drafts).toEqual({ total: 0, shown: [] });
    expect(seen.recent.filter((one) => one.environment !== null)).toEqual([]);
  });
});

it('config bundles are counted in their environment', async () => {
  const api = server.as(server.owner);
  const [{ versionId } = { versionId: '' }] = await api.bundles.list({
    environmentId: server.development.id,
  });
  await makeBundle(server, server.development.id, versionId, 'second');
  const listed = await api.bundles.list({ environmentId: server.development.id });
  expect(listed.map(({ number }) => number).sort()).toEqual([1, 2]);
});

describe('an agent', () => {
  it('tells what it should run, and whether it has the keys of today', async () => {
    const shown = await server.as(server.owner).agents.get({ agentId: agent.id });
    expect(shown).toMatchObject({
      name: 'edge-1',
      environment: { name: 'development' },
      mayOperate: true,
      hasCurrentKeys: false,
      slots: [{ slot: 'orders', deploymentId }],
      restarts: [{ deploymentId, count: 0 }],
      ended: { total: 0, shown: [] },
    });
  });

  it('is renamed by who operates, to a name that is free', async () => {
    const api = server.as(server.owner);
    await enrollTestAgent(server, server.development.id, { name: 'edge-2' });
    const taken = api.agents.rename({ agentId: agent.id, name: 'edge-2' });
    expect(await codeOf(taken)).toBe('agent_name_taken');
    await api.agents.rename({ agentId: agent.id, name: 'edge-west' });
    expect((await api.agents.get({ agentId: agent.id })).name).toBe('edge-west');
    const { records } = await api.audit.list({ orgId: server.org.id });
    expect(records[0]).toMatchObject({
      action: 'agent.rename',
      resource: { name: 'edge-west' },
      detail: { before: 'edge-1' },
    });
  });
});
