/** Invariant: pages and /metrics say what agents prove, never what a state out of history suggests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobHandlers } from '../jobs/handlers.ts';
import { startWorkerBeat } from '../workers/beat.ts';
import { deployBundleKey } from '../providers/object-store.ts';
import {
  addPerson,
  codeOf,
  deploy,
  enrollTestAgent,
  makeBundle,
  makeVersion,
  startTestServer,
  type Api,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let api: Api;
let versionId: string;
beforeAll(async () => {
  server = await startTestServer();
  api = server.as(server.owner);
  versionId = (await makeVersion(server)).versionId;
});
afterAll(() => server.close());

type TestAgent = Awaited<ReturnType<typeof enrollTestAgent>>;
const instant = (seconds = 0) =>
  new Date(server.services.clock.now().getTime() + seconds * 1000).toISOString();
let made = 0;

/** A deployment that waits for its agents, in a slot of its own unless one is given. */
async function shipped(agents: TestAgent[], slot = `s${(made += 1)}`) {
  const bundle = await makeBundle(server, server.development.id, versionId, `f${(made += 1)}`);
  const { deploymentId } = await deploy(server, {
    versionId,
    bundleId: bundle.bundleId,
    agentIds: agents.map((agent) => agent.id),
    slot,
  });
  await server.runJobs();
  return { deploymentId, slot, epoch: (await shown(deploymentId)).epoch ?? 0 };
}
type Shipped = Awaited<ReturnType<typeof shipped>>;

const shown = (deploymentId: string) => api.deployments.get({ deploymentId });
const healthOf = async ({ deploymentId }: Shipped) => (await shown(deploymentId)).health[0]?.health;
const listed = async ({ deploymentId }: Shipped) =>
  (await api.deployments.list({ environmentId: server.development.id })).find(
    (one) => one.id === deploymentId,
  )?.health[0]?.health;
const metrics = async () =>
  (await server.app.inject({ url: '/metrics', headers: { host: '127.0.0.1:8080' } })).body;

const running = ({ deploymentId, epoch }: Shipped, more: Record<string, unknown> = {}) => ({
  deployment_id: deploymentId,
  deployment_digest: 'sha256:x',
  epoch,
  bundle_hash: 'sha256:x',
  since: instant(-5),
  ...more,
});
const attempted = (
  { deploymentId, epoch }: Shipped,
  phase: string,
  more: Record<string, unknown> = {},
) => ({ deployment_id: deploymentId, epoch, phase, at: instant(), ...more });
const report = (one: Shipped, more: Record<string, unknown>) => ({
  slot: one.slot,
  running: null,
  attempted: null,
  snapshot: null,
  last_words: [],
  ...more,
});
const healthy = (one: Shipped) =>
  report(one, { running: running(one), attempted: attempted(one, 'active') });

describe('a deployment that was active and whose runtime died', () => {
  it('is active and does not run, in list, page and metrics, with cause and next step', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'dying' });
    const one = await shipped([agent]);
    await agent.heartbeat([healthy(one)]);
    expect(await healthOf(one)).toMatchObject({ kind: 'running', running: 1, of: 1 });
    const next = instant(5);
    await agent.heartbeat([
      report(one, {
        attempted: attempted(one, 'starting', {
          code: 'E_INPUT_MISSING',
          message: 'no input',
          tries: 3,
          next_try_at: next,
        }),
        last_words: ['cannot open in.log'],
      }),
    ]);
    expect((await shown(one.deploymentId)).state).toBe('active');
    const expected = {
      kind: 'not_running',
      running: 0,
      of: 1,
      troubles: [
        {
          agentName: 'dying',
          kind: 'crashed',
          code: 'E_INPUT_MISSING',
          message: 'no input',
          tries: 3,
          nextTryAt: next,
          lastWords: ['cannot open in.log'],
        },
      ],
    };
    expect(await healthOf(one)).toMatchObject(expected);
    expect(await listed(one)).toMatchObject(expected);
    expect(await metrics()).toContain(
      `byteor_deployment_health{deployment="${one.deploymentId}",health="not_running"} 1`,
    );
  });

  it('is unproved when its agent falls silent, by time alone', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'silent' });
    const one = await shipped([agent]);
    await agent.heartbeat([healthy(one)]);
    const course = (await shown(one.deploymentId)).health;
    expect(course.map(({ health }) => health?.kind)).toEqual(['running', 'unproved']);
    expect(course[1]?.afterMs).toBeGreaterThan(10_000);
    expect(course[1]?.afterMs).toBeLessThanOrEqual(15_001);
    server.advance(0.3);
    expect(await healthOf(one)).toMatchObject({ kind: 'unproved', running: 0, of: 1 });
    expect(await listed(one)).toMatchObject({ kind: 'unproved' });
    expect(await metrics()).toMatch(
      new RegExp(`byteor_deployment_agents.deployment="${one.deploymentId}",proof="unproved". 1`),
    );
  });

  it('is degraded while one of two agents proves it', async () => {
    const agents = [
      await enrollTestAgent(server, server.development.id, { name: 'here' }),
      await enrollTestAgent(server, server.development.id, { name: 'away' }),
    ];
    const one = await shipped(agents);
    // The first proves it for a while; then the other is told.
    const proof = healthy(one);
    await agents[0]?.heartbeat([proof]);
    server.advance(0.6);
    for (const agent of agents) await agent.heartbeat([proof]);
    expect(await healthOf(one)).toMatchObject({ kind: 'running', running: 2, of: 2 });
    server.advance(0.3);
    await agents[0]?.heartbeat([healthy(one)]);
    expect(await healthOf(one)).toMatchObject({
      kind: 'degraded',
      running: 1,
      of: 2,
      troubles: [{ agentName: 'away', kind: 'unproved' }],
    });
  });

  it('has finished where its bounded input ended, also when the agent is gone afterwards', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'bounded' });
    const one = await shipped([agent]);
    await agent.heartbeat([healthy(one)]);
    await agent.heartbeat([report(one, { attempted: attempted(one, 'active'), finished: true })]);
    server.advance(1);
    expect(await healthOf(one)).toMatchObject({ kind: 'finished', finished: 1, of: 1 });
  });
});

describe('a lane that records can’t go on in', () => {
  const counts = {
    records_in: 9,
    records_out: 1,
    dropped: 0,
    rejected: 0,
    bytes_in: 9,
    bytes_out: 1,
  };
  const graph = (depth: number, dropped: number) => ({
    kind: 'lane_graph',
    v: 2,
    counters: counts,
    lanes: [
      {
        index: 0,
        id: 'in.mask',
        kind: 'events',
        capacity: 4,
        published: 9,
        depth,
        dropped,
        readers: [{ read: 5, lag: depth, lost: 0 }],
      },
    ],
    roles: [{ index: 0, id: 'mask', state: 'working', processed: 5, dropped: 0, rejected: 0 }],
    endpoints: [{ index: 0, id: 'in', ingress: true, records: 9, bytes: 9, rejected: 0 }],
    generation: '0000000000000001',
  });
  const beats = async (one: Shipped, agent: TestAgent, depth: number, dropped: number) => {
    await agent.heartbeat([{ ...healthy(one), snapshot: graph(depth, dropped) }]);
    return healthOf(one);
  };

  it('is strained, in list, page and metrics, once it lasts, and over when it has room', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'pressed' });
    const one = await shipped([agent]);
    expect(await beats(one, agent, 4, 0)).toMatchObject({ kind: 'running', pressures: [] });
    for (const _ of [1, 2, 3]) {
      server.advance(10 / 60);
      await beats(one, agent, 4, 0);
    }
    const full = {
      kind: 'strained',
      running: 1,
      of: 1,
      pressures: [{ agentName: 'pressed', lane: 'in.mask', kind: 'full' }],
    };
    expect(await healthOf(one)).toMatchObject(full);
    expect(await listed(one)).toMatchObject(full);
    expect(await metrics()).toContain(
      `byteor_deployment_health{deployment="${one.deploymentId}",health="strained"} 1`,
    );
    expect((await beats(one, agent, 1, 7))?.pressures).toMatchObject([
      { lane: 'in.mask', kind: 'dropping', dropped: 7 },
    ]);
    // Silent, nothing is said of it any more.
    server.advance(0.3);
    expect(await healthOf(one)).toMatchObject({ kind: 'unproved', pressures: [] });
    server.advance(1);
    expect(await beats(one, agent, 1, 7)).toMatchObject({ kind: 'running', pressures: [] });
  });

  it('hands out what the agent counted, and how long that is of now', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'counted' });
    const one = await shipped([agent]);
    await beats(one, agent, 2, 3);
    const numbers = () => api.deployments.numbers({ deploymentId: one.deploymentId });
    const [part] = await numbers();
    expect(part?.numbers?.snapshot).toEqual(graph(2, 3));
    expect(part?.silentAfterMs).toBeGreaterThan(10_000);
    expect(part?.silentAfterMs).toBeLessThanOrEqual(15_000);
    server.advance(0.3);
    expect((await numbers())[0]?.silentAfterMs).toBe(0);
  });
});

describe('an attempt that goes wrong', () => {
  it('is final when refused: the deployment failed, and what ran before is desired again', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'refusing' });
    const before = await shipped([agent]);
    await agent.heartbeat([healthy(before)]);
    const one = await shipped([agent], before.slot);
    expect((await shown(before.deploymentId)).agents[0]?.desired?.state).toBe('fallback');
    const { desired } = await agent.heartbeat([
      report(one, {
        running: running(before),
        attempted: attempted(one, 'refused', { code: 'E_MANIFEST_FILES', message: 'not signed' }),
      }),
    ]);
    const after = await shown(one.deploymentId);
    expect(after).toMatchObject({ state: 'failed', failure: { code: 'E_MANIFEST_FILES' } });
    expect(after.agents[0]?.attempted?.phase).toBe('refused');
    expect(desired).toMatchObject([{ deployment_id: before.deploymentId, state: 'run' }]);
  });

  it.each(['retrying', 'fell_back'] as const)(
    '%s decides nothing: it waits with its reason and its next try, and may still become active',
    async (phase) => {
      const agent = await enrollTestAgent(server, server.development.id, { name: phase });
      const before = await shipped([agent]);
      await agent.heartbeat([healthy(before)]);
      const one = await shipped([agent], before.slot);
      const trouble = (tries: number) =>
        report(one, {
          running: running(before),
          attempted: attempted(one, phase, {
            code: 'E_STATE',
            message: 'no space left',
            tries,
            next_try_at: instant(30 * tries),
          }),
        });
      for (const tries of [1, 2, 3]) await agent.heartbeat([trouble(tries)]);
      const waiting = await shown(one.deploymentId);
      expect(waiting.state).toBe('deploying');
      expect(waiting.health[0]?.health).toMatchObject({
        kind: 'not_running',
        troubles: [{ kind: phase, code: 'E_STATE', tries: 3 }],
      });
      // A disk that stays full fills no history.
      expect(waiting.agents[0]?.history.filter((line) => line.value === phase)).toHaveLength(1);
      expect(waiting.waiting).toMatchObject({ for: 'agents', next: { event: 'grant_expires' } });
      expect(await healthOf(before)).toMatchObject({ kind: 'running' });
      await agent.heartbeat([healthy(one)]);
      expect((await shown(one.deploymentId)).state).toBe('active');
      expect(await healthOf(before)).toBeNull();
    },
  );

  it('fails the deployment when its ladder has ended', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'ended' });
    const one = await shipped([agent]);
    await agent.heartbeat([
      report(one, {
        attempted: attempted(one, 'failed', { code: 'E_RUNTIME_START', message: 'gave up' }),
      }),
    ]);
    expect((await shown(one.deploymentId)).state).toBe('failed');
  });

  it('shows a slot beyond the limit on the deployment that wanted it', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'full' });
    const one = await shipped([agent]);
    const refused = {
      slot: one.slot,
      deployment_id: one.deploymentId,
      code: 'E_SLOT_LIMIT',
      message: 'This agent has 64 slots.',
    };
    await agent.heartbeat([], { refused_slots: [refused] });
    expect(await shown(one.deploymentId)).toMatchObject({
      state: 'failed',
      failure: { code: 'E_SLOT_LIMIT' },
      agents: [{ attempted: { phase: 'refused', message: 'This agent has 64 slots.' } }],
    });
    expect(await api.agents.get({ agentId: agent.id })).toMatchObject({ refusedSlots: [refused] });
  });
});

describe('a deployment that waits', () => {
  it('says whether a worker is there to build it, since when none is, and what happens then', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'patient' });
    const bundle = await makeBundle(server, server.development.id, versionId, 'patient');
    const { deploymentId } = await deploy(server, {
      versionId,
      bundleId: bundle.bundleId,
      agentIds: [agent.id],
      slot: 'patient',
    });
    const waiting = async () => (await shown(deploymentId)).waiting;
    expect(await waiting()).toMatchObject({
      for: 'worker',
      away: true,
      next: { event: 'grant_expires' },
    });
    const beat = await startWorkerBeat(server.services);
    expect(await waiting()).toMatchObject({ for: 'worker', away: false, awaySince: null });
    server.advance(1);
    const away = await waiting();
    expect(away).toMatchObject({ for: 'worker', away: true });
    expect(Date.parse(away?.awaySince ?? '')).toBeGreaterThan(0);
    await beat.stop();
    expect(await waiting()).toMatchObject({ away: true, awaySince: null });
    await server.runJobs();
    await agent.heartbeat();
    expect(await waiting()).toMatchObject({
      for: 'agents',
      away: false,
      agents: [{ agentName: 'patient', neverSeen: false }],
    });
    await api.deployments.abort({ deploymentId, reason: 'not now' });
    expect(await waiting()).toBeNull();
  });
});

describe('what an agent quotes', () => {
  it('stops no heartbeat, whatever bytes it holds', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'noisy' });
    const one = await shipped([agent]);
    await agent.heartbeat([
      report(one, {
        running: running(one),
        attempted: attempted(one, 'active', { message: 'a\0b' }),
        last_words: ['zero \0 byte', 'half \ud800 of a pair'],
      }),
    ]);
    const [part] = (await shown(one.deploymentId)).agents;
    expect(part?.lastWords).toEqual(['zero \ufffd byte', 'half \ufffd of a pair']);
  });
});

describe('numbers', () => {
  const counts = (records_in: number) => ({
    records_in,
    records_out: records_in,
    dropped: 0,
    rejected: 0,
    bytes_in: 1,
    bytes_out: 1,
  });

  it('are of this deployment on this agent; totals stand apart and say since when', async () => {
    const agents = [
      await enrollTestAgent(server, server.development.id, { name: 'left' }),
      await enrollTestAgent(server, server.development.id, { name: 'right' }),
    ];
    const one = await shipped(agents);
    const since = instant(-3600);
    for (const [index, agent] of agents.entries()) {
      await agent.heartbeat([
        {
          ...healthy(one),
          running: running(one, {
            activated_at: instant(-60),
            restarts: index + 2,
            last_restart_at: instant(-10),
          }),
          snapshot: {
            v: 2,
            kind: 'single_ring',
            slot_bytes: 256,
            capacity: 1024,
            cursor: 5,
            counters: counts(500),
            stages: [],
            generation: '00000000000000ff',
          },
          counters: {
            since_activation: { since: instant(-60), ...counts(100 * (index + 1)) },
            totals: { since, ...counts(500) },
          },
        },
      ]);
    }
    const { agents: parts } = await shown(one.deploymentId);
    const byName = Object.fromEntries(parts.map((part) => [part.name, part]));
    expect(byName['right']?.restarts).toBe(3);
    const numbers = new Map(
      (await server.as(server.owner).deployments.numbers({ deploymentId: one.deploymentId })).map(
        (part) => [part.agentId, part.numbers],
      ),
    );
    const left = numbers.get(byName['left']?.agentId ?? '');
    const right = numbers.get(byName['right']?.agentId ?? '');
    expect(left?.sinceActivation?.records_in).toBe(100);
    expect(right?.sinceActivation?.records_in).toBe(200);
    expect(right?.totals.since).toBe(since);
  });
});

describe('deleting', () => {
  it('is refused while something runs or is desired, and afterwards nothing is left behind', async () => {
    const { projectId } = await api.projects.create({ orgId: server.org.id, name: 'Short-lived' });
    const { environmentId } = await api.environments.create({
      projectId,
      name: 'here',
      posture: 'dev',
    });
    const { token } = await api.enrollmentTokens.create({ environmentId });
    const enrolled = await server.app.inject({
      method: 'POST',
      url: `/api/v1/orgs/${server.org.id}/projects/${projectId}/environments/${environmentId}/agents`,
      headers: { authorization: `Bearer ${token}`, host: '127.0.0.1:8080' },
      payload: {
        host_name: 'h',
        agent_version: '1',
        protocol_version: 1,
        spec_features: ['single_ring'],
        statement_versions: [1, 2],
        allowed_roots: ['/data'],
      },
    });
    const { agent_id, runtime_key } = enrolled.json<{ agent_id: string; runtime_key: string }>();
    const beat = async (slots: unknown[]) => {
      const answer = await server.app.inject({
        method: 'POST',
        url: `/api/v1/agents/${agent_id}/heartbeat`,
        headers: { authorization: `Bearer ${runtime_key}`, host: '127.0.0.1:8080' },
        payload: {
          protocol_version: 1,
          agent_version: '1',
          spec_features: ['single_ring'],
          statement_versions: [1, 2],
          allowed_roots: ['/data'],
          key_set_digest: '',
          sent_at: instant(),
          slots,
        },
      });
      return answer.json<{ desired: { state: string }[] }>().desired;
    };
    const promoted = await api.versions.promote({ versionId, environmentId });
    const bundle = await makeBundle(server, environmentId, promoted.versionId, 'gone');
    const { deploymentId } = await deploy(server, {
      versionId: promoted.versionId,
      bundleId: bundle.bundleId,
      agentIds: [agent_id],
      slot: 'gone',
    });
    const remove = {
      environment: () => api.environments.delete({ environmentId }),
      project: () => api.projects.delete({ projectId }),
    };
    // On its way: a worker would build it next.
    expect(await codeOf(remove.environment())).toBe('environment_in_use');
    await server.runJobs();
    const one = { deploymentId, slot: 'gone', epoch: (await shown(deploymentId)).epoch ?? 0 };
    expect(await beat([healthy(one)])).toMatchObject([{ state: 'run' }]);
    expect(await codeOf(remove.environment())).toBe('environment_in_use');
    expect(await codeOf(remove.project())).toBe('project_in_use');

    await api.slots.stop({ environmentId, slot: 'gone', reason: 'not needed' });
    expect((await shown(deploymentId)).state).toBe('active');
    expect(await healthOf(one)).toMatchObject({ kind: 'stopping', running: 1 });
    // Told, and not yet done: it still runs.
    expect(await beat([healthy(one)])).toMatchObject([{ state: 'stop' }]);
    expect(await codeOf(remove.project())).toBe('project_in_use');
    await beat([report(one, {})]);
    expect(await healthOf(one)).toBeNull();
    expect(await codeOf(api.slots.stop({ environmentId, slot: 'gone', reason: 'again' }))).toBe(
      'slot_stopped',
    );

    const row = await server.services.database.client.deployment.findFirstOrThrow({
      where: { id: deploymentId },
    });
    const key = deployBundleKey(server.org.id, row.bundleHash ?? '');
    expect(await server.services.objects.get(key)).not.toBeNull();
    await remove.project();
    const handlers = jobHandlers(server.services);
    await server.services.jobs.startWorkers(handlers);
    await expect.poll(() => server.services.objects.get(key), { timeout: 20_000 }).toBeNull();
    const { records } = await api.audit.list({ orgId: server.org.id, limit: 50 });
    expect(records.find((record) => record.action === 'project.delete')).toMatchObject({
      outcome: 'succeeded',
    });
    expect(
      records.find((record) => record.action === 'project.delete' && record.outcome === 'denied'),
    ).toMatchObject({ detail: { code: 'project_in_use' } });
  });
});

describe('decommissioning', () => {
  it('is refused while the agent is heard and runs something; a silent one is given up', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'leaving' });
    const one = await shipped([agent]);
    await agent.heartbeat([healthy(one)]);
    const leave = () => api.agents.decommission({ agentId: agent.id });
    expect(await codeOf(leave())).toBe('agent_runs_something');
    server.advance(0.3);
    expect(await leave()).toEqual({ abandoned: [one.deploymentId], waited: [] });
    expect(await healthOf(one)).toBeNull();
    expect(await shown(one.deploymentId)).toMatchObject({
      state: 'active',
      stoppedBy: { name: server.owner.name },
    });
  });
});

describe('the database', () => {
  it('holds at most one desired deployment for an agent and slot', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'one slot' });
    const first = await shipped([agent]);
    await agent.heartbeat([healthy(first)]);
    await shipped([agent], first.slot);
    const { pool } = server.services.database;
    const again = pool.query(
      "UPDATE deployment_agents SET desired = 'run' WHERE deployment_id = $1",
      [first.deploymentId],
    );
    await expect(again).rejects.toThrow(/deployment_agents_one_desired/);
  });
});

describe('self-approval in production', () => {
  it('is changed by an organization admin alone, and by no way around', async () => {
    const environmentId = server.production.id;
    const admin = server.as(await addPerson(server, 'Pia', 'project_admin'));
    const settings = { selfApproval: true };
    const change = (who: Api) => who.environments.update({ environmentId, settings });
    expect(await codeOf(change(admin))).toBe('permission_denied');
    expect(
      await codeOf(
        admin.environments.create({
          projectId: server.project.id,
          name: 'prod 2',
          posture: 'prod',
          settings,
        }),
      ),
    ).toBe('permission_denied');
    // What stays as it is may be sent along; other settings are a project admin's.
    await admin.environments.update({
      environmentId,
      settings: { selfApproval: false, maxInFlight: 9 },
    });
    await admin.environments.update({ environmentId: server.development.id, settings });
    const { projectId } = await api.projects.create({ orgId: server.org.id, name: 'Beside' });
    const neighbour = server.as(await addPerson(server, 'Nia', 'project_admin', projectId));
    expect(await codeOf(change(neighbour))).toBe('environment_not_found');
    expect((await change(api)).selfApproval).toBe(true);
  });
});
