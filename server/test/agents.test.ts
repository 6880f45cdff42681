import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
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
beforeAll(async () => {
  server = await startTestServer();
  api = server.as(server.owner);
});
afterAll(() => server.close());

const body = {
  host_name: 'host',
  agent_version: '0.1.0',
  protocol_version: 1,
  spec_features: ['single_ring'],
  statement_versions: [1, 2],
  allowed_roots: ['/data'],
};

function enroll(token: string | null, environmentId = server.development.id, prefix = '/api/v1') {
  return server.app.inject({
    method: 'POST',
    url: `${prefix}/orgs/${server.org.id}/projects/${server.project.id}/environments/${environmentId}/agents`,
    headers: { host: '127.0.0.1:8080', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    payload: body,
  });
}
const newToken = () => api.enrollmentTokens.create({ environmentId: server.development.id });
const failure = (response: { statusCode: number; body: string }) => ({
  status: response.statusCode,
  ...(JSON.parse(response.body) as { error: { code: string; help?: string } }).error,
});

describe('enrolling', () => {
  it('gives a key that is stored only as a hash, under both prefixes', async () => {
    const { token } = await newToken();
    const response = await enroll(token, undefined, '/v1');
    expect(response.statusCode).toBe(201);
    const answer = response.json<{
      agent_id: string;
      runtime_key: string;
      posture: string;
      key_set: { keys: unknown[] };
    }>();
    expect(answer).toMatchObject({ name: 'host', posture: 'dev', heartbeat_interval_ms: 1000 });
    expect(answer.key_set.keys).toHaveLength(2);
    const row = await server.services.database.client.agent.findFirstOrThrow({
      where: { id: answer.agent_id },
    });
    expect(JSON.stringify(row)).not.toContain(answer.runtime_key);
  });

  it('names a second agent of the same host differently', async () => {
    const { token } = await newToken();
    expect((await enroll(token)).json()).toMatchObject({ name: 'host-2' });
  });

  it('takes the given body, a name and nothing else, and no body at all', async () => {
    const send = async (payload: string | undefined, contentType?: string) => {
      const { token } = await newToken();
      const response = await server.app.inject({
        method: 'POST',
        url: `/v1/orgs/${server.org.id}/projects/${server.project.id}/environments/${server.development.id}/agents`,
        headers: {
          host: '127.0.0.1:8080',
          authorization: `Bearer ${token}`,
          ...(contentType ? { 'content-type': contentType } : {}),
        },
        ...(payload === undefined ? {} : { payload }),
      });
      expect(response.statusCode, response.body).toBe(201);
      return response.json<{ name: string }>().name;
    };
    expect(await send('{"name":"night shift"}', 'application/json')).toBe('night shift');
    expect(await send('{}', 'application/json')).toBe('agent');
    expect(await send('', 'application/json')).toBe('agent-2');
    expect(await send(undefined)).toBe('agent-3');
  });

  it('takes each token once, also when two agents come at the same time', async () => {
    const { token } = await newToken();
    const answers = await Promise.all([enroll(token), enroll(token), enroll(token)]);
    const statuses = answers.map((answer) => answer.statusCode).sort();
    expect(statuses).toEqual([201, 401, 401]);
    expect(failure(await enroll(token))).toMatchObject({
      status: 401,
      code: 'enrollment_token_used',
    });
  });

  it('tells unknown, revoked, expired and misplaced tokens apart, and nothing changes', async () => {
    const before = await server.services.database.client.agent.count();
    expect(failure(await enroll('byteor_enroll_no'))).toMatchObject({
      status: 401,
      code: 'enrollment_token_unknown',
    });
    expect(failure(await enroll(null))).toMatchObject({
      status: 401,
      code: 'enrollment_token_unknown',
    });
    const revoked = await newToken();
    await api.enrollmentTokens.revoke({ tokenId: revoked.tokenId });
    expect(failure(await enroll(revoked.token))).toMatchObject({
      status: 401,
      code: 'enrollment_token_revoked',
    });
    const elsewhere = await newToken();
    expect(failure(await enroll(elsewhere.token, server.production.id))).toMatchObject({
      status: 403,
      code: 'enrollment_token_wrong_environment',
    });
    // Refused elsewhere, it still works where it belongs.
    expect((await enroll(elsewhere.token)).statusCode).toBe(201);
    const late = await newToken();
    server.advance(61);
    expect(failure(await enroll(late.token))).toMatchObject({
      status: 401,
      code: 'enrollment_token_expired',
    });
    server.advance(-61);
    expect(await server.services.database.client.agent.count()).toBe(before + 1);
  });

  it('shows no secret in the list of tokens', async () => {
    const { token } = await newToken();
    const listed = await api.enrollmentTokens.list({ environmentId: server.development.id });
    expect(JSON.stringify(listed)).not.toContain(token);
    expect(new Set(listed.map((one) => one.state))).toContain('used');
  });
});

describe("an agent's key", () => {
  it("opens nothing of another agent's, and the try is on record", async () => {
    const one = await enrollTestAgent(server, server.development.id, { name: 'one' });
    const two = await enrollTestAgent(server, server.development.id, { name: 'two' });
    const response = await two.call('GET', '/signing-keys', undefined, one.key);
    expect(failure(response)).toMatchObject({ status: 401, code: 'runtime_key_other_agent' });
    const nonsense = await server.app.inject({
      url: '/api/v1/agents/%00/signing-keys',
      headers: { host: '127.0.0.1:8080', authorization: `Bearer ${one.key}` },
    });
    expect(failure(nonsense)).toMatchObject({ status: 401, code: 'runtime_key_other_agent' });
    const { records } = await api.audit.list({ orgId: server.org.id, limit: 20 });
    expect(records[0]).toMatchObject({
      action: 'agent.authenticate',
      outcome: 'denied',
      actor: { name: 'one' },
    });
  });

  it('is asked for before the body is looked at', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'three' });
    expect(failure(await agent.call('POST', '/heartbeat', {}, 'wrong'))).toMatchObject({
      status: 401,
      code: 'runtime_key_unknown',
    });
    expect(failure(await agent.call('POST', '/heartbeat', {}))).toMatchObject({
      status: 400,
      code: 'input_invalid',
    });
  });

  it('is worth nothing after the agent was decommissioned', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'four' });
    await api.agents.decommission({ agentId: agent.id });
    expect(failure(await agent.call('GET', '/signing-keys'))).toMatchObject({
      status: 401,
      code: 'runtime_key_unknown',
    });
  });

  it('is no session, and a session is no key', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'five' });
    const asPerson = await server.app.inject({
      url: '/api/v1/orgs',
      headers: { host: '127.0.0.1:8080', authorization: `Bearer ${agent.key}` },
    });
    expect(failure(asPerson)).toMatchObject({ status: 401, code: 'sign_in_required' });
  });
});

describe('a deployment to two agents', () => {
  it('is active when both confirmed, told twice or not, and ignores other epochs', async () => {
    const agents = [
      await enrollTestAgent(server, server.development.id, { name: 'left' }),
      await enrollTestAgent(server, server.development.id, { name: 'right' }),
    ];
    const stranger = await enrollTestAgent(server, server.development.id, { name: 'stranger' });
    const version = await makeVersion(server);
    const bundle = await makeBundle(server, server.development.id, version.versionId);
    const created = await deploy(server, {
      versionId: version.versionId,
      bundleId: bundle.bundleId,
      agentIds: agents.map((agent) => agent.id),
    });
    await server.runJobs();
    const [left, right] = agents;
    expect((await left?.status(created.deploymentId, 9, 'active'))?.json()).toEqual({
      deployment_state: 'deploying',
    });
    expect((await left?.status(created.deploymentId, 1, 'active'))?.json()).toEqual({
      deployment_state: 'deploying',
    });
    expect((await left?.status(created.deploymentId, 1, 'active'))?.json()).toEqual({
      deployment_state: 'deploying',
    });
    // Its step hasn't come: what it says counts for nothing.
    expect((await right?.status(created.deploymentId, 1, 'active'))?.json()).toEqual({
      deployment_state: 'deploying',
    });
    const running = {
      deployment_id: created.deploymentId,
      deployment_digest: created.digest,
      epoch: 1,
      bundle_hash: 'sha256:x',
      since: new Date().toISOString(),
    };
    server.advance(1);
    await left?.heartbeat([
      { slot: 'pipeline', running, attempted: null, snapshot: null, last_words: [] },
    ]);
    expect((await right?.status(created.deploymentId, 1, 'active'))?.json()).toEqual({
      deployment_state: 'active',
    });
    // Nobody else's word counts, and nobody else gets the bundle.
    expect((await stranger.status(created.deploymentId, 1, 'failed')).statusCode).toBe(404);
    expect(
      (await stranger.call('GET', `/deployments/${created.deploymentId}/bundle`)).statusCode,
    ).toBe(404);
    const shown = await api.deployments.get({ deploymentId: created.deploymentId });
    expect(shown.agents.map((agent) => agent.attempted?.phase)).toEqual(['active', 'active']);
    expect(shown.agents[0]?.history.filter((one) => one.fact === 'attempted')).toHaveLength(1);
  });

  it('keeps what runs apart from what was tried', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'solo' });
    const version = await makeVersion(server);
    const bundle = await makeBundle(server, server.development.id, version.versionId, 'solo');
    const created = await deploy(server, {
      versionId: version.versionId,
      bundleId: bundle.bundleId,
      agentIds: [agent.id],
      slot: 'solo',
    });
    await server.runJobs();
    const epoch = (await agent.heartbeat()).desired[0]?.epoch ?? 0;
    const running = {
      deployment_id: created.deploymentId,
      deployment_digest: created.digest,
      epoch,
      bundle_hash: 'sha256:x',
      since: new Date().toISOString(),
    };
    const attempted = {
      deployment_id: created.deploymentId,
      epoch,
      phase: 'active',
      at: new Date().toISOString(),
    };
    const report = { slot: 'solo', snapshot: null, last_words: ['hello'] };
    await agent.heartbeat([{ ...report, running, attempted }]);
    let shown = await api.deployments.get({ deploymentId: created.deploymentId });
    expect(shown.state).toBe('active');
    expect(shown.agents[0]?.running?.epoch).toBe(epoch);
    // The process died: the deployment stays what was approved, and the page says that nothing runs.
    await agent.heartbeat([
      {
        ...report,
        running: null,
        attempted: {
          ...attempted,
          phase: 'failed',
          code: 'E_RUNTIME_FAILED',
          message: 'stage mask: boom',
        },
      },
    ]);
    shown = await api.deployments.get({ deploymentId: created.deploymentId });
    expect(shown.state).toBe('active');
    expect(shown.agents[0]).toMatchObject({
      running: null,
      desired: { state: 'run' },
      failure: { code: 'E_RUNTIME_FAILED', message: 'stage mask: boom' },
    });
  });

  it('tells an agent to stop what nobody wants to run there', async () => {
    const agent = await enrollTestAgent(server, server.development.id, { name: 'stray' });
    const { desired } = await agent.heartbeat([
      {
        slot: 'old',
        running: {
          deployment_id: '01a20056-11b7-7000-a5ad-0fb959df906d',
          deployment_digest: '',
          epoch: 3,
          bundle_hash: '',
          since: new Date().toISOString(),
        },
        attempted: null,
        snapshot: null,
        last_words: [],
      },
    ]);
    expect(desired).toMatchObject([{ slot: 'old', state: 'stop', epoch: 3 }]);
  });
});

describe('the API document', () => {
  it('is OpenAPI 3.1 and names every agent route', async () => {
    const response = await server.app.inject({
      url: '/api/v1/openapi.json',
      headers: { host: '127.0.0.1:8080' },
    });
    const document = response.json<{ openapi: string; paths: Record<string, unknown> }>();
    expect(document.openapi).toBe('3.1.0');
    for (const path of [
      'heartbeat',
      'signing-keys',
      'desired',
      'deployments/{deployment_id}/bundle',
      'deployments/{deployment_id}/status',
    ]) {
      expect(document.paths).toHaveProperty([`/api/v1/agents/{agent_id}/${path}`]);
    }
  });

  it('answers unknown routes in the same form', async () => {
    const response = await server.app.inject({
      url: '/api/v1/nope',
      headers: { host: '127.0.0.1:8080' },
    });
    expect(failure(response)).toMatchObject({ status: 404, code: 'route_not_found' });
  });
});

describe('people', () => {
  it('join by a link that works once, with the role it was made for', async () => {
    const { link } = await api.invitations.create({
      orgId: server.org.id,
      projectId: server.project.id,
      role: 'operator',
      name: 'Olive',
      email: 'Olive@Example.org',
    });
    const token = new URL(link).hash.slice(1);
    const nobody = server.as(null);
    expect(await nobody.invitations.peek({ token })).toMatchObject({
      role: 'operator',
      email: 'olive@example.org',
    });
    const { user } = await nobody.invitations.accept({ token, name: 'Olive O.' });
    expect(await codeOf(nobody.invitations.accept({ token }))).toBe('invitation_used');
    const tree = await server.as(user).workspace.tree();
    expect(tree.orgs[0]).toMatchObject({ role: null, projects: [{ role: 'operator' }] });
    expect(
      await codeOf(server.as(user).members.remove({ orgId: server.org.id, userId: user.id })),
    ).toBe('permission_denied');
    await api.members.remove({ orgId: server.org.id, userId: user.id });
    expect((await server.as(user).workspace.tree()).orgs).toEqual([]);
  });

  it('never leave an organization without an admin', async () => {
    const userId = server.owner.id;
    expect(await codeOf(api.members.remove({ orgId: server.org.id, userId }))).toBe(
      'last_org_admin',
    );
    expect(
      await codeOf(api.members.changeRole({ orgId: server.org.id, userId, role: 'viewer' })),
    ).toBe('last_org_admin');
  });
});
