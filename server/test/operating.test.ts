/** Invariant: what an operator does reaches the agents, ends by what they prove, and nothing undoes it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobHandlers } from '../jobs/handlers.ts';
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
import { beats, obedientAgent, type ObedientAgent } from './obedient-agent.ts';

let server: TestServer;
let mira: TestServer['owner'];
let made = 0;
/** One plan, and bundles of it that stand for versions. */
const versions: Record<string, string> = {};

beforeAll(async () => {
  server = await startTestServer();
  mira = await addPerson(server, 'Mira', 'operator');
  const { versionId } = await makeVersion(server);
  versions[server.development.id] = versionId;
  const promoted = await server
    .as(server.owner)
    .versions.promote({ versionId, environmentId: server.production.id });
  versions[server.production.id] = promoted.versionId;
}, 60_000);
afterAll(() => server.close());

const api = () => server.as(server.owner);
const shown = (deploymentId: string) => api().deployments.get({ deploymentId });
const stateOf = async (deploymentId: string) => (await shown(deploymentId)).state;

/** A slot with agents of its own. */
async function slotWith(count: number, environmentId = server.development.id) {
  const slot = `s${(made += 1)}`;
  const agents: ObedientAgent[] = [];
  for (let n = 0; n < count; n += 1) {
    agents.push(await obedientAgent(server, environmentId, `${slot}-${n}`));
  }
  const agentIds = agents.map((agent) => agent.id);
  const ask = async (bundleId?: string) => {
    const versionId = versions[environmentId] ?? '';
    const bundle =
      bundleId ?? (await makeBundle(server, environmentId, versionId, `f${(made += 1)}`)).bundleId;
    return deploy(server, { versionId, bundleId: bundle, agentIds, slot });
  };
  /** Asked for, approved, built, and proved by all. */
  const ship = async (bundleId?: string) => {
    const asked = await ask(bundleId);
    if (asked.approval === 'person') await decide(server, mira, asked);
    await server.runJobs();
    await spread();
    return asked.deploymentId;
  };
  /** Heartbeats until the pause between the steps is over, and some more. */
  const spread = async () => {
    await beats(agents);
    server.advance(0.2);
    await beats(agents, 1);
    server.advance(0.2);
    await beats(agents, 1);
    server.advance(0.2);
    await beats(agents);
  };
  return { slot, environmentId, agents, ask, ship, spread };
}

describe('a build whose tries are spent', () => {
  it('before it began ends the deployment, is told, and goes on under the same approval once it is mended', async () => {
    const { services } = server;
    const { ask, spread, environmentId } = await slotWith(1, server.production.id);
    const asked = await ask();
    await decide(server, mira, asked);
    const keyless = {
      ...services,
      signer: {
        ...services.signer,
        keySet: () => Promise.reject(new Error('the key store is away')),
      },
    };
    const { run } = jobHandlers(keyless);
    const payload = { orgId: server.org.id, deploymentId: asked.deploymentId };
    await expect(run.deploy_bundle_build(payload, { retries: 3, last: false })).rejects.toThrow(
      'the key store is away',
    );
    expect(await stateOf(asked.deploymentId)).toBe('approved');
    await expect(run.deploy_bundle_build(payload, { retries: 4, last: true })).rejects.toThrow(
      'the key store is away',
    );
    const failed = await shown(asked.deploymentId);
    expect(failed).toMatchObject({
      state: 'failed',
      failure: { code: 'bundle_build_failed' },
      waiting: null,
      actions: { goOn: { allowed: true } },
    });
    expect(failed.actions.goOn.will).toContain('The approval by Mira is for exactly this');
    const { notifications } = await api().notifications.list();
    expect(notifications).toContainEqual(
      expect.objectContaining({ kind: 'deployment_failed', deploymentId: asked.deploymentId }),
    );

    const again = await api().deployments.goOn({ deploymentId: asked.deploymentId });
    await server.runJobs();
    await spread();
    expect(await shown(again.deploymentId)).toMatchObject({ state: 'active', environmentId });
  });
});

describe('an agent that said that it is active', () => {
  it('is starting until a heartbeat says whether it runs, and then it does or doesn’t', async () => {
    const { id: environmentId } = server.development;
    const slot = `s${(made += 1)}`;
    const agent = await enrollTestAgent(server, environmentId, { name: slot });
    await agent.heartbeat([]);
    const versionId = versions[environmentId] ?? '';
    const { bundleId } = await makeBundle(server, environmentId, versionId, slot);
    const { deploymentId } = await deploy(server, {
      versionId,
      bundleId,
      agentIds: [agent.id],
      slot,
    });
    await server.runJobs();
    const told = { deployment_id: deploymentId, epoch: 1, at: new Date().toISOString() };
    const active = async () => {
      await agent.status(deploymentId, 1, 'active');
      return shown(deploymentId);
    };
    expect(await active()).toMatchObject({
      state: 'active',
      health: [{ health: { kind: 'starting' } }, expect.anything()],
    });
    const says = async (report: object) => {
      await agent.heartbeat([
        {
          slot,
          attempted: { ...told, phase: 'active' },
          snapshot: null,
          last_words: [],
          ...report,
        },
      ]);
      return (await shown(deploymentId)).health[0]?.health;
    };
    // Gone before it was ever said to run.
    expect(await says({ running: null })).toMatchObject({
      kind: 'not_running',
      troubles: [{ kind: 'stopped' }],
    });
    const running = { ...told, deployment_digest: 'x', bundle_hash: 'x', since: told.at };
    expect(await says({ running })).toMatchObject({ kind: 'running' });
    expect(await says({ running: null })).toMatchObject({ kind: 'not_running' });
    // Started again after a crash.
    await agent.heartbeat([
      {
        slot,
        attempted: { ...told, phase: 'starting', code: 'E_RUNTIME_EXITED', message: 'crashed' },
        running: null,
        snapshot: null,
        last_words: [],
      },
    ]);
    expect((await shown(deploymentId)).health[0]?.health).toMatchObject({
      troubles: [{ kind: 'crashed' }],
    });
    expect((await active()).health[0]?.health).toMatchObject({ kind: 'starting' });
    expect(await says({ running })).toMatchObject({ kind: 'running' });
  });
});

describe('rolling back', () => {
  it('runs what was proven before as a deployment of its own, and ends by what the agents prove', async () => {
    const { slot, agents, ship } = await slotWith(2);
    const first = await ship();
    const second = await ship();
    expect(await stateOf(second)).toBe('active');
    const before = await shown(second);
    expect(before.actions.rollBack).toMatchObject({
      allowed: true,
      why: null,
      targets: [{ deploymentId: first, usual: true, grant: { kind: 'policy' } }],
    });
    expect(before.actions.rollBack.will).toMatch(
      /^Runs v\d+ with bundle \d+ again instead of s\d+ v\d+, on 2 agents at once in development, as a deployment of its own with a new epoch\. The policy of the environment approves it\. Nothing undoes it by itself\.$/,
    );
    const { deploymentId: third } = await api().deployments.rollBack({
      deploymentId: second,
      reason: 'It drops orders.',
    });
    expect(await codeOf(api().deployments.rollBack({ deploymentId: second, reason: 'x' }))).toBe(
      'rollback_under_way',
    );
    await server.runJobs();
    // All at once: no step waits.
    expect(await stateOf(second)).toBe('rolling_back');
    await agents[0]?.beat();
    await agents[0]?.beat();
    expect(await stateOf(second)).toBe('rolling_back');
    expect((await shown(third)).health[0]?.health).toMatchObject({ running: 1, of: 2 });
    await beats(agents);
    expect(await stateOf(second)).toBe('rolled_back');
    const restored = await shown(third);
    expect(restored).toMatchObject({
      state: 'active',
      rollbackOf: second,
      restores: first,
      comment: 'It drops orders.',
      epoch: (before.epoch ?? 0) + 1,
    });
    for (const agent of agents) expect(agent.runs(slot)).toBe(third);
    expect((await shown(second)).transitions.map((one) => one.to)).toEqual([
      'pending_approval',
      'approved',
      'building',
      'deploying',
      'active',
      'rolling_back',
      'rolled_back',
    ]);
  });

  it('is undone by nobody: what failed stays wanted, and what was left does not come back', async () => {
    const { slot, agents, ship } = await slotWith(1);
    await ship();
    const second = await ship();
    const [agent] = agents;
    if (!agent) throw new Error('no agent');
    const { deploymentId: third } = await api().deployments.rollBack({
      deploymentId: second,
      reason: 'bad',
    });
    await server.runJobs();
    agent.fails = { phase: 'failed', code: 'E_RUNTIME_FAILED' };
    await beats([agent]);
    expect(await stateOf(third)).toBe('failed');
    expect(await stateOf(second)).toBe('rolling_back');
    expect(agent.told.last).toMatchObject([{ slot, deployment_id: third, state: 'run' }]);
    // A person goes on: the same again, with a new epoch.
    agent.fails = null;
    const { deploymentId: fourth } = await api().deployments.goOn({ deploymentId: third });
    await server.runJobs();
    await beats([agent]);
    expect(await shown(fourth)).toMatchObject({ state: 'active', againOf: third });
    expect(await stateOf(second)).toBe('rolled_back');
  });

  it('needs no second decision while the approval of the identical digest is good, and one afterwards', async () => {
    const { agents, ship } = await slotWith(1, server.production.id);
    const first = await ship();
    const second = await ship();
    const digest = (await shown(first)).digest;
    const rolledBack = await api().deployments.rollBack({ deploymentId: second, reason: 'bad' });
    expect(rolledBack).toMatchObject({ digest, expedited: false });
    const { approval } = await shown(rolledBack.deploymentId);
    expect(approval).toMatchObject({ state: 'approved', decidedByName: 'Mira' });
    await server.runJobs();
    await beats(agents);
    expect(await stateOf(rolledBack.deploymentId)).toBe('active');
    const { records } = await api().audit.list({ orgId: server.org.id, limit: 100 });
    expect(records.find((record) => record.action === 'approval.carry')).toMatchObject({
      actor: { name: server.owner.name },
      detail: { decided_by_name: 'Mira' },
    });
    expect(records.find((record) => record.action === 'deployment.roll_back')).toMatchObject({
      detail: { reason: 'bad' },
    });

    // Time goes by: somebody has to decide, and what runs goes on meanwhile.
    server.advance(120);
    await beats(agents);
    const [back] = (await shown(rolledBack.deploymentId)).actions.rollBack.targets;
    expect(back).toMatchObject({ deploymentId: second, grant: { kind: 'asked' } });
    const asked = await api().deployments.rollBack({
      deploymentId: rolledBack.deploymentId,
      toDeploymentId: second,
      reason: 'the other was better',
    });
    expect(asked.expedited).toBe(true);
    expect(await shown(asked.deploymentId)).toMatchObject({
      state: 'pending_approval',
      expedited: true,
    });
    expect(await stateOf(rolledBack.deploymentId)).toBe('active');
    await decide(server, mira, asked);
    await server.runJobs();
    await beats(agents);
    expect(await stateOf(asked.deploymentId)).toBe('active');
    expect(await stateOf(rolledBack.deploymentId)).toBe('rolled_back');
  });

  it('restores nothing that was never proven in the slot', async () => {
    const one = await slotWith(1);
    const other = await slotWith(1);
    const only = await one.ship();
    const foreign = await other.ship();
    expect((await shown(only)).actions.rollBack.why).toMatchObject({ code: 'nothing_proven' });
    expect(await codeOf(api().deployments.rollBack({ deploymentId: only, reason: 'x' }))).toBe(
      'nothing_proven',
    );
    await one.ship();
    const current = await one.ship();
    expect(
      await codeOf(
        api().deployments.rollBack({
          deploymentId: current,
          toDeploymentId: foreign,
          reason: 'x',
        }),
      ),
    ).toBe('deployment_not_found');
  });
});

describe('a slot', () => {
  it('is stopped and resumed on all its agents, and remembers what it was', async () => {
    const { slot, environmentId, agents, ship } = await slotWith(2);
    const only = await ship();
    await api().slots.stop({ environmentId, slot, reason: 'the disk is full' });
    await beats(agents);
    for (const agent of agents) expect(agent.runs(slot)).toBeNull();
    expect(await shown(only)).toMatchObject({
      state: 'active',
      slotStopped: { reason: 'the disk is full' },
      actions: {
        stop: { allowed: false, why: { code: 'slot_stopped' } },
        resume: { allowed: true },
      },
    });
    // It is named as long as it may be resumed: an agent forgets what nobody names.
    expect(await agents[0]?.beat()).toMatchObject([{ slot, deployment_id: only, state: 'stop' }]);
    await api().slots.resume({ environmentId, slot, reason: 'it is empty again' });
    await beats(agents);
    for (const agent of agents) expect(agent.runs(slot)).toBe(only);
    expect(await shown(only)).toMatchObject({ state: 'active', slotStopped: null });
    expect((await shown(only)).health[0]?.health).toMatchObject({ kind: 'running', running: 2 });
    // Neither is a state, and both are part of its story.
    const { name } = server.owner;
    expect((await shown(only)).acts).toMatchObject([
      { action: 'slot.stop', actor: { name }, reason: 'the disk is full' },
      { action: 'slot.resume', actor: { name }, reason: 'it is empty again' },
    ]);
    // They are of what was held then, and not of what comes later or stood elsewhere.
    const next = await ship();
    expect((await shown(next)).acts).toEqual([]);
    server.advance(0.1);
    await api().slots.stop({ environmentId, slot, reason: 'again' });
    expect((await shown(next)).acts).toMatchObject([{ action: 'slot.stop', reason: 'again' }]);
    expect((await shown(only)).acts).toHaveLength(2);
  });

  it('that is stopped lets an agent be taken away, and runs again on those that are left', async () => {
    const { slot, environmentId, agents, ship } = await slotWith(2);
    const only = await ship();
    const [stays, goes] = agents;
    if (!stays || !goes) throw new Error('no agents');
    const takeAway = () => api().agents.decommission({ agentId: goes.id });
    expect(await codeOf(takeAway())).toBe('agent_runs_something');
    await api().slots.stop({ environmentId, slot, reason: 'a host goes' });
    await beats(agents);
    await takeAway();
    await api().slots.resume({ environmentId, slot, reason: 'it is gone' });
    await beats([stays]);
    expect(stays.runs(slot)).toBe(only);
    const after = await shown(only);
    expect(after.health[0]?.health).toMatchObject({ kind: 'running', running: 1, of: 1 });
    expect(after.acts.map(({ action }) => action)).toEqual([
      'slot.stop',
      'agent.decommission',
      'slot.resume',
    ]);
  });

  it('that is stopped begins nothing that was asked for before, and a later request ends the stop', async () => {
    const { slot, environmentId, agents, ask, ship } = await slotWith(1);
    const first = await ship();
    const before = await ask();
    server.advance(0.1);
    await api().slots.stop({ environmentId, slot, reason: 'wait' });
    await server.runJobs();
    await beats(agents);
    expect(await stateOf(before.deploymentId)).toBe('deploying');
    expect(agents[0]?.runs(slot)).toBeNull();
    server.advance(0.1);
    const later = await ask();
    await server.runJobs();
    await beats(agents);
    expect(await stateOf(later.deploymentId)).toBe('active');
    expect(await stateOf(before.deploymentId)).toBe('failed');
    expect((await shown(first)).supersededAt).not.toBeNull();
    expect((await shown(later.deploymentId)).slotStopped).toBeNull();
  });
});

describe('a decision over agents that run different programs', () => {
  it('names what runs on each, and asks again when that changes', async () => {
    const { slot, agents, ask, ship, spread, environmentId } = await slotWith(
      2,
      server.production.id,
    );
    const [one, two] = agents;
    if (!one || !two) throw new Error('no agents');
    const first = await ship();
    const versionId = versions[environmentId] ?? '';
    const { bundleId } = await makeBundle(server, environmentId, versionId, `f${(made += 1)}`);
    const only = await deploy(server, { versionId, bundleId, agentIds: [one.id], slot });
    await decide(server, mira, only);
    await server.runJobs();
    await spread();
    const asked = await ask();
    const seen = () => server.as(mira).approvals.get({ approvalId: asked.approvalId });
    const { version, bundle } = await shown(first);
    const read = await seen();
    expect(read).toMatchObject({ running: { bundle: { id: bundleId } } });
    expect(read.alsoThere).toEqual([
      {
        version: { id: versionId, number: version.number },
        bundle: { id: bundle.id, number: bundle.number },
        agents: [two.name],
      },
    ]);

    // An agent that is down just now has it to go back to all the same.
    const { epoch } = await shown(only.deploymentId);
    const at = server.services.clock.now().toISOString();
    await one.says(slot, {
      running: null,
      attempted: {
        deployment_id: only.deploymentId,
        epoch,
        phase: 'starting',
        code: 'E_INPUT_OPEN',
        message: 'gone',
        at,
        tries: 1,
      },
    });
    const down = (await seen()).running;
    expect(down?.health[0]?.health).toMatchObject({ kind: 'not_running' });
    expect(down?.provedBy).toEqual([one.id]);
    await one.heard();

    // So is what an agent proved of a rollout that is still under way.
    const third = await makeBundle(server, environmentId, versionId, `f${(made += 1)}`);
    const way = await deploy(server, {
      versionId,
      bundleId: third.bundleId,
      agentIds: [one.id, two.id],
      slot,
    });
    await decide(server, mira, way);
    await server.runJobs();
    await beats([one]);
    expect(await stateOf(way.deploymentId)).toBe('deploying');
    expect((await seen()).alsoThere).toContainEqual(
      expect.objectContaining({
        bundle: expect.objectContaining({ id: third.bundleId }) as object,
        agents: [one.name],
      }),
    );
    await spread();

    // What was one program to two agents is one to all of them; whoever read the other reads again.
    expect(await stateOf(way.deploymentId)).toBe('active');
    expect((await seen()).alsoThere).toEqual([]);
    const { approvalId, digest } = asked;
    const answer = server
      .as(mira)
      .approvals.approve({ approvalId, digest, basis: read.basis, comment: '' });
    expect(await codeOf(answer)).toBe('comparison_changed');
  });
});

describe('a rollout over three agents', () => {
  it('goes by steps, is paused by trouble, and goes on by itself when it is over', async () => {
    const { slot, agents, ship, ask, spread } = await slotWith(3);
    const first = await ship();
    const second = (await ask()).deploymentId;
    await server.runJobs();
    const one = agents[0];
    if (!one) throw new Error('no agent');
    one.fails = { phase: 'fell_back', code: 'E_INPUT_OPEN' };
    await beats(agents);
    expect(await shown(second)).toMatchObject({
      state: 'deploying',
      rollout: {
        step: 1,
        of: 2,
        paused: { cause: { agentName: one.name, code: 'E_INPUT_OPEN' } },
      },
      actions: {
        goOn: { allowed: true },
        leave: { allowed: true },
        rollBack: { allowed: true },
        abort: { allowed: true },
      },
    });
    expect(agents.map((agent) => agent.runs(slot))).toEqual([first, first, first]);
    server.advance(5);
    await beats(agents);
    expect(agents[1]?.runs(slot)).toBe(first);
    one.fails = null;
    await beats([one]);
    expect((await shown(second)).rollout).toMatchObject({ paused: null, step: 1 });
    // Old and new stand each with the agents that run them.
    expect((await shown(second)).health[0]?.health).toMatchObject({ running: 1, of: 1 });
    expect((await shown(first)).health[0]?.health).toMatchObject({ running: 2, of: 2 });
    await spread();
    expect(await stateOf(second)).toBe('active');
    expect(agents.map((agent) => agent.runs(slot))).toEqual([second, second, second]);
    expect((await shown(first)).supersededBy).toBe(second);
  });

  it('goes on in spite of one by a person, and fails with what the others took when that one gives up', async () => {
    const { slot, agents, ship, ask } = await slotWith(3);
    const first = await ship();
    const second = (await ask()).deploymentId;
    await server.runJobs();
    const one = agents[0];
    if (!one) throw new Error('no agent');
    one.fails = { phase: 'fell_back', code: 'E_INPUT_OPEN' };
    await beats(agents);
    expect((await api().deployments.goOn({ deploymentId: second })).passedOver).toEqual([one.id]);
    await beats(agents);
    expect(agents.map((agent) => agent.runs(slot))).toEqual([first, second, second]);
    expect(await stateOf(second)).toBe('deploying');
    one.fails = { phase: 'failed', code: 'E_INPUT_OPEN' };
    await beats(agents);
    expect(await shown(second)).toMatchObject({
      state: 'failed',
      failure: { code: 'E_INPUT_OPEN' },
      actions: {
        goOn: { allowed: true },
        leave: { allowed: true },
        rollBack: { allowed: true },
      },
    });
    // Partial success stays, as such.
    expect(agents.map((agent) => agent.runs(slot))).toEqual([first, second, second]);
    expect((await shown(second)).health[0]?.health).toMatchObject({ running: 2, of: 2 });
    expect((await shown(first)).health[0]?.health).toMatchObject({ running: 1, of: 1 });
    const { asItIs } = await api().deployments.leave({ deploymentId: second });
    expect(asItIs).toBe(
      `${slot} v1 stays on ${agents[1]?.name} and ${agents[2]?.name}; ${one.name} stays on what ran before. Nothing more is tried.`,
    );
    expect((await shown(second)).actions.leave.why).toMatchObject({ code: 'nothing_to_leave' });
    // And is rolled back: where it was taken, and nothing else changes by it for long.
    one.fails = null;
    const { deploymentId: third } = await api().deployments.rollBack({
      deploymentId: second,
      reason: 'all on one',
    });
    await server.runJobs();
    await beats(agents);
    expect(agents.map((agent) => agent.runs(slot))).toEqual([third, third, third]);
    expect(await stateOf(second)).toBe('rolled_back');
    expect((await shown(first)).supersededBy).toBe(third);
  });

  it('is aborted before an agent proved it, and not afterwards', async () => {
    const { slot, agents, ship, ask } = await slotWith(2);
    const first = await ship();
    const second = (await ask()).deploymentId;
    await server.runJobs();
    await api().deployments.abort({ deploymentId: second, reason: 'wrong bundle' });
    expect(await stateOf(second)).toBe('withdrawn');
    await beats(agents);
    expect(agents.map((agent) => agent.runs(slot))).toEqual([first, first]);
    const third = (await ask()).deploymentId;
    await server.runJobs();
    await beats(agents);
    expect(await codeOf(api().deployments.abort({ deploymentId: third, reason: 'late' }))).toBe(
      'agents_took_it',
    );
    expect(await codeOf(api().deployments.withdraw({ deploymentId: third }))).toBe(
      'deployment_on_the_way',
    );
  });
});

describe('an agent', () => {
  it('that comes back from an old disk is drift with its heartbeat, and ends it by taking the newer one again', async () => {
    const { slot, agents, ship } = await slotWith(1);
    const [agent] = agents;
    if (!agent) throw new Error('no agent');
    const first = await ship();
    const disk = agent.disk();
    const second = await ship();
    agent.restore(disk);
    agent.fails = { phase: 'refused', code: 'E_BUNDLE_EXPIRED' };
    await agent.beat();
    expect((await shown(second)).health[0]?.health).toMatchObject({
      kind: 'not_running',
      troubles: [{ kind: 'drifted', agentName: agent.name }],
    });
    expect((await shown(second)).agents[0]?.drift).toMatchObject({ deploymentId: first });
    await agent.beat();
    expect((await shown(second)).health[0]?.health?.troubles).toMatchObject([
      { kind: 'drifted', code: 'E_BUNDLE_EXPIRED' },
    ]);
    // It won't come back by itself: a person asks for the same again.
    expect((await shown(second)).actions.goOn).toMatchObject({ allowed: true });
    agent.fails = null;
    const { deploymentId: third } = await api().deployments.goOn({ deploymentId: second });
    await server.runJobs();
    await beats(agents);
    expect(agent.runs(slot)).toBe(third);
    expect((await shown(third)).agents[0]?.drift).toBeNull();
  });

  it('is told to try now, once, until it has moved', async () => {
    const { agents, ship, ask } = await slotWith(1);
    await ship();
    const [agent] = agents;
    if (!agent) throw new Error('no agent');
    const { deploymentId } = await ask();
    const now = () => api().agents.tryNow({ deploymentId, agentId: agent.id });
    await server.runJobs();
    expect(await codeOf(now())).toBe('agent_not_waiting');
    agent.fails = { phase: 'fell_back', code: 'E_INPUT_OPEN' };
    await agent.beat();
    await agent.heard();
    expect((await shown(deploymentId)).agents[0]?.tryNow).toMatchObject({ allowed: true });
    // So says the agent's own page.
    expect((await api().agents.get({ agentId: agent.id })).waits).toContainEqual(
      expect.objectContaining({
        deploymentId,
        tryNow: expect.objectContaining({ allowed: true, askedAt: null }) as object,
      }),
    );
    // Not those of what runs again in its place.
    expect((await shown(deploymentId)).health[0]?.health?.troubles).toMatchObject([
      { kind: 'fell_back', lastWords: ['the last words'] },
    ]);
    await now();
    expect((await shown(deploymentId)).agents[0]?.tryNow.askedAt).not.toBeNull();
    expect((await agent.heard())[0]?.try_now).toBeDefined();
    agent.fails = null;
    await beats([agent]);
    expect(await stateOf(deploymentId)).toBe('active');
    expect((await shown(deploymentId)).agents[0]?.tryNow.askedAt).toBeNull();
    expect((await shown(deploymentId)).acts).toMatchObject([
      { action: 'agent.try_now', agentName: (await shown(deploymentId)).agents[0]?.name },
    ]);
  });
});
