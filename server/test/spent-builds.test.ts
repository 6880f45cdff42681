/** Invariant: a build whose tries are spent ends its deployment, whatever became of who tried last. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jobHandlers } from '../jobs/handlers.ts';
import {
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

it('says so, and goes on when it is asked to, also where the last try ended without a word', async () => {
  const { database, jobs } = server.services;
  const api = server.as(server.owner);
  const agent = await enrollTestAgent(server, server.development.id);
  const { versionId } = await makeVersion(server);
  const { bundleId } = await makeBundle(server, server.development.id, versionId);
  const { deploymentId } = await deploy(server, { versionId, bundleId, agentIds: [agent.id] });
  const stateOf = async () => (await api.deployments.get({ deploymentId })).state;
  expect(await stateOf()).toBe('approved');
  // Its first try is its last.
  const schema = database.schema === 'public' ? 'pgboss' : `${database.schema}_jobs`;
  await database.pool.query(
    `UPDATE ${schema}.job SET retry_limit = 0 WHERE name = 'deploy_bundle_build'`,
  );
  const handlers = jobHandlers(server.services);
  let away = true;
  await jobs.startWorkers({
    ...handlers,
    run: {
      ...handlers.run,
      // As a process that is killed: what it would have said at the end it doesn't say.
      deploy_bundle_build: (payload, attempt) =>
        away
          ? Promise.reject(new Error('the process was killed'))
          : handlers.run.deploy_bundle_build(payload, attempt),
    },
  });
  await expect.poll(stateOf, { timeout: 30_000 }).toBe('failed');
  expect(await api.deployments.get({ deploymentId })).toMatchObject({
    failure: { code: 'bundle_build_failed' },
    waiting: null,
    actions: { goOn: { allowed: true } },
  });
  const { notifications } = await api.notifications.list();
  expect(notifications).toContainEqual(
    expect.objectContaining({ kind: 'deployment_failed', deploymentId }),
  );
  away = false;
  const again = await api.deployments.goOn({ deploymentId });
  await expect
    .poll(async () => (await api.deployments.get({ deploymentId: again.deploymentId })).state, {
      timeout: 30_000,
    })
    .toBe('deploying');
}, 90_000);
