import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  deploy,
  enrollTestAgent,
  makeBundle,
  makeVersion,
  startTestServer,
  type TestAgent,
  type TestServer,
} from '../test/harness.ts';

let server: TestServer;
let agent: TestAgent;
let other: TestAgent;
beforeAll(async () => {
  server = await startTestServer();
  agent = await enrollTestAgent(server, server.development.id, { name: 'one' });
  other = await enrollTestAgent(server, server.development.id, { name: 'two' });
});
afterAll(() => server.close());

const digestOf = async (of: TestAgent) => (await of.heartbeat()).desired_digest;
/** Sent at once: a call of the test server's is sent when it is awaited. */
const wait = async (of: TestAgent, digest: string) =>
  await of.call('GET', `/desired?unlike=${digest}`);
const changed = async (answer: ReturnType<typeof wait>) =>
  (await answer).json<{ changed: boolean }>().changed;

let made = 0;
async function ship(to: TestAgent): Promise<string> {
  const { versionId } = await makeVersion(server);
  const name = `w${(made += 1)}`;
  const { bundleId } = await makeBundle(server, server.development.id, versionId, name);
  const asked = await deploy(server, { versionId, bundleId, agentIds: [to.id], slot: name });
  await server.runJobs();
  return asked.deploymentId;
}

it('answers an agent when something else is desired of it, and nobody else', async () => {
  const [mine, theirs] = [await digestOf(agent), await digestOf(other)];
  expect(theirs).toBe(mine);
  const waits = wait(agent, mine);
  let answered = false;
  const stillWaits = wait(other, theirs).then((answer) => {
    answered = true;
    return answer;
  });
  await ship(agent);
  expect(await changed(waits)).toBe(true);
  expect(answered).toBe(false);
  expect(await digestOf(agent)).not.toBe(mine);
  expect(await digestOf(other)).toBe(theirs);
  // One agent waits once: who came before is sent away.
  const again = wait(other, theirs);
  expect((await stillWaits).json()).toEqual({ changed: false });
  server.services.desiredWaits.cut();
  expect(await changed(again)).toBe(false);
});

it('answers at once where it changed since the heartbeat that the digest is from', async () => {
  const before = await digestOf(agent);
  await ship(agent);
  expect(await changed(wait(agent, before))).toBe(true);
  // A stop is something else as well, and so is the end of the stop.
  const slot = { environmentId: server.development.id, slot: `w${made}` };
  for (const act of ['stop', 'resume'] as const) {
    const digest = await digestOf(agent);
    const waits = wait(agent, digest);
    await server.as(server.owner).slots[act]({ ...slot, reason: 'a test' });
    expect(await changed(waits), act).toBe(true);
  }
});

it('takes a digest only, and only of the agent that the key is for', async () => {
  const digest = await digestOf(agent);
  expect((await wait(agent, 'sha256:no')).statusCode).toBe(400);
  expect((await agent.call('GET', '/desired')).statusCode).toBe(400);
  const foreign = await other.call('GET', `/desired?unlike=${digest}`, undefined, 'byteor_agent_x');
  expect(foreign.statusCode).toBe(401);
});
