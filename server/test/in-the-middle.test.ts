/**
 * Invariant: whoever fails in the middle of a rollout, a roll back or a stop leaves nothing that waits for
 * ever: it ends by what the others prove, or a person can end it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, makeBundle, makeVersion, startTestServer, type TestServer } from './harness.ts';
import { beats, obedientAgent, type ObedientAgent } from './obedient-agent.ts';

let server: TestServer;
let versionId: string;
let made = 0;
beforeAll(async () => {
  server = await startTestServer();
  ({ versionId } = await makeVersion(server));
}, 60_000);
afterAll(() => server.close());

const api = () => server.as(server.owner);
const shown = (deploymentId: string) => api().deployments.get({ deploymentId });
const stateOf = async (deploymentId: string) => (await shown(deploymentId)).state;

/** Silence is known after 15 seconds. */
const silence = async (others: readonly ObedientAgent[]) => {
  server.advance(0.5);
  await beats(others);
};
/** The pause between steps is over. */
const later = async (agents: readonly ObedientAgent[]) => {
  for (let step = 0; step < agents.length; step += 1) {
    await beats(agents);
    server.advance(0.6);
    await beats(agents);
  }
};

async function slotWith(count: number) {
  const slot = `m${(made += 1)}`;
  const agents: ObedientAgent[] = [];
  for (let n = 0; n < count; n += 1) {
    agents.push(await obedientAgent(server, server.development.id, `${slot}-${n}`));
  }
  const ask = async () => {
    const name = `f${(made += 1)}`;
    const { bundleId } = await makeBundle(server, server.development.id, versionId, name);
    const agentIds = agents.map((agent) => agent.id);
    const asked = await deploy(server, { versionId, bundleId, agentIds, slot });
    await server.runJobs();
    return asked.deploymentId;
  };
  const ship = async () => {
    const id = await ask();
    await later(agents);
    expect(await stateOf(id)).toBe('active');
    return id;
  };
  return { slot, agents, ask, ship };
}

describe('an agent that is gone for good', () => {
  it('in the middle of a rollout is waited for no more', async () => {
    const { agents, ask, ship } = await slotWith(3);
    await ship();
    const second = await ask();
    const [one, two, three] = agents;
    if (!one || !two || !three) throw new Error('no agents');
    // The first takes it, the next is told and dies, and nothing is heard of it any more.
    await one.beat();
    await one.beat();
    server.advance(0.6);
    await beats([one]);
    await silence([one, three]);
    expect((await shown(second)).rollout).toMatchObject({
      paused: { causes: expect.arrayContaining([expect.objectContaining({ agentId: two.id })]) },
    });
    await api().agents.decommission({ agentId: two.id });
    await later([one, three]);
    expect(await stateOf(second)).toBe('active');
    expect((await shown(second)).health[0]?.health).toMatchObject({ kind: 'running', of: 2 });
  });

  it('as the only one ends what was on its way to it', async () => {
    const { agents, ask } = await slotWith(1);
    const only = await ask();
    await agents[0]?.heard();
    await silence([]);
    await api().agents.decommission({ agentId: agents[0]?.id ?? '' });
    expect(await shown(only)).toMatchObject({
      state: 'failed',
      failure: { code: 'agents_decommissioned' },
    });
  });

  it('before its deployment was built ends it as well', async () => {
    const { agents, slot } = await slotWith(1);
    const { bundleId } = await makeBundle(server, server.development.id, versionId, `${slot}-b`);
    const agentIds = agents.map((agent) => agent.id);
    const asked = await deploy(server, { versionId, bundleId, agentIds, slot });
    await silence([]);
    await api().agents.decommission({ agentId: agents[0]?.id ?? '' });
    await server.runJobs();
    expect(await stateOf(asked.deploymentId)).toBe('failed');
  });

  it('in the middle of a roll back, with nothing running, keeps it from no end', async () => {
    const { slot, agents, ship } = await slotWith(2);
    await ship();
    const second = await ship();
    const [one, two] = agents;
    if (!one || !two) throw new Error('no agents');
    const { deploymentId: back } = await api().deployments.rollBack({
      deploymentId: second,
      reason: 'it drops orders',
    });
    await server.runJobs();
    // It hears of the roll back, ends what ran, says so, and dies before the other one is up.
    two.fails = { phase: 'retrying', code: 'E_STATE' };
    await two.beat();
    two.crash(slot);
    await two.heard();
    await later([one]);
    expect(await stateOf(second)).toBe('rolling_back');
    await silence([one]);
    await api().agents.decommission({ agentId: two.id });
    expect(await stateOf(second)).toBe('rolled_back');
    expect(await stateOf(back)).toBe('active');
  });
});

describe('a person who goes on without an agent', () => {
  it('can leave it at that when the others have it', async () => {
    const { agents, ask, ship } = await slotWith(2);
    await ship();
    const second = await ask();
    const rollout = (await shown(second)).agents;
    const first = agents.find(({ id }) => rollout.find((part) => part.agentId === id)?.wave === 1);
    const other = agents.find((agent) => agent !== first);
    if (!first || !other) throw new Error('no agents');
    await silence([other]);
    await api().deployments.goOn({ deploymentId: second });
    await later([other]);
    const ended = await shown(second);
    expect(ended).toMatchObject({
      state: 'deploying',
      rollout: { step: 2, paused: { cause: { agentName: first.name, code: 'agent_silent' } } },
      actions: { leave: { allowed: true }, goOn: { why: { code: 'no_step_left' } } },
    });
    await api().deployments.leave({ deploymentId: second });
    expect(await stateOf(second)).toBe('failed');
    // It comes back, having heard of it: what is wanted there is what it had.
    await beats([first]);
    expect((await shown(second)).health[0]?.health).toMatchObject({ running: 1, of: 1 });
  });
});

describe('a stop in the middle of a roll back', () => {
  it('holds both, and the roll back goes on when the slot is resumed', async () => {
    const { slot, agents, ship } = await slotWith(2);
    await ship();
    const second = await ship();
    const { deploymentId: back } = await api().deployments.rollBack({
      deploymentId: second,
      reason: 'it drops orders',
    });
    await server.runJobs();
    await beats([agents[0] as ObedientAgent]);
    const place = { environmentId: server.development.id, slot, reason: 'first look' };
    await api().slots.stop(place);
    await beats(agents);
    expect(agents.map((agent) => agent.runs(slot))).toEqual([null, null]);
    expect(await stateOf(second)).toBe('rolling_back');
    await api().slots.resume(place);
    await beats(agents);
    expect(agents.map((agent) => agent.runs(slot))).toEqual([back, back]);
    expect([await stateOf(second), await stateOf(back)]).toEqual(['rolled_back', 'active']);
  });
});

describe('what runs and what is tried, both in trouble', () => {
  it('are both told by one heartbeat, and the rollout is paused', async () => {
    const { slot, agents, ask, ship } = await slotWith(1);
    const first = await ship();
    const [one] = agents;
    const second = await ask();
    const epochOf = async (id: string) => (await shown(id)).epoch;
    const at = server.services.clock.now().toISOString();
    const next = new Date(server.services.clock.now().getTime() + 60_000).toISOString();
    await one?.says(slot, {
      running: null,
      attempted: {
        deployment_id: first,
        epoch: await epochOf(first),
        phase: 'starting',
        code: 'E_RUNTIME_FAILED',
        message: 'signal 9',
        tries: 1,
        next_try_at: next,
        at,
      },
      waiting: {
        deployment_id: second,
        epoch: await epochOf(second),
        phase: 'fell_back',
        code: 'E_INPUT_OPEN',
        message: 'no input',
        tries: 1,
        next_try_at: next,
        at,
      },
    });
    expect((await shown(second)).rollout?.paused?.cause).toMatchObject({ code: 'E_INPUT_OPEN' });
    expect((await shown(first)).agents[0]?.attempted).toMatchObject({ code: 'E_RUNTIME_FAILED' });
  });
});
