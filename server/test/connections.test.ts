/** Trials of connections: who asks, what an agent is told and tells, and what is kept of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigBundle } from '../bundles/config.ts';
import { preAuthEncoding } from '../domain/credentials/manifest.ts';
import { TRIAL_TYPE } from '../domain/credentials/trial.ts';
import { LIMITS } from '../limits/limits.ts';
import { verifyEd25519 } from '../providers/signer.ts';
import {
  addPerson,
  codeOf,
  enrollTestAgent,
  makeBundle,
  makeVersion,
  startTestServer,
  type Api,
  type TestAgent,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let api: Api;
let agent: TestAgent;
let asked: Omit<Parameters<Api['connections']['try']>[0], 'config'> & { config: ConfigBundle };

beforeAll(async () => {
  server = await startTestServer();
  api = server.as(server.owner);
  agent = await enrollTestAgent(server, server.development.id);
  const { versionId } = await makeVersion(server);
  const { bundleId } = await makeBundle(server, server.development.id, versionId);
  const { config } = await api.bundles.get({ bundleId });
  asked = { environmentId: server.development.id, versionId, agentId: agent.id, config };
});
afterAll(() => server.close());

const tries = { trial_versions: [1], allowed_net: ['db.example:5432'] };
const beat = async () =>
  (await agent.heartbeat([], tries)) as { connection_trial?: { trial_id: string } } & {
    desired_digest: string;
  };
const fetchRequest = (trialId: string, of = agent) =>
  of.call('GET', `/connection-trials/${trialId}`);
const step = (message: string, more = {}) => ({
  side: 'sink',
  step: 'connect',
  state: 'worked',
  millis: 3,
  message,
  ...more,
});
const report = (steps: object[], more = {}) => ({
  outcome: 'tried',
  steps,
  at: new Date().toISOString(),
  ...more,
});
const tell = (trialId: string, body: Record<string, unknown>, of = agent) =>
  of.call('POST', `/connection-trials/${trialId}`, body);

describe('a trial of connections', () => {
  it('is asked of an agent that is there and can, and of no other', async () => {
    expect(await codeOf(api.connections.try(asked))).toBe('agent_offline');
    await agent.heartbeat();
    expect(await codeOf(api.connections.try(asked))).toBe('agent_tries_nothing');
    await beat();
    const [shown] = await api.agents.list({ environmentId: server.development.id });
    expect(shown).toMatchObject({ triesConnections: true, allowedNet: ['db.example:5432'] });
    const broken = { ...asked, config: { ...asked.config, posture: 'prod' as const } };
    expect(await codeOf(api.connections.try(broken))).toBe('bundle_posture_mismatch');
    const viewer = server.as(await addPerson(server, 'Vi', 'viewer'));
    expect(await codeOf(viewer.connections.try(asked))).toBe('permission_denied');
  });

  it('wakes its agent, which fetches what was signed for it and tells what came of it', async () => {
    const { desired_digest: before, connection_trial: none } = await beat();
    expect(none).toBeUndefined();
    const waits = agent.call('GET', `/desired?unlike=${before}`);
    const { trialId } = await api.connections.try(asked);
    expect((await waits).json()).toEqual({ changed: true });
    const told = await beat();
    expect(told.connection_trial).toEqual({ trial_id: trialId });
    expect(told.desired_digest).not.toBe(before);
    expect(await api.connections.get({ trialId })).toMatchObject({ state: 'asked', report: null });

    const envelope = (await fetchRequest(trialId)).json<{
      payloadType: string;
      payload: string;
      signatures: { keyid: string; sig: string }[];
    }>();
    expect(envelope.payloadType).toBe(TRIAL_TYPE);
    const payload = Buffer.from(envelope.payload, 'base64');
    const keys = await server.services.signer.keySet(
      server.services.database.client,
      server.org.id,
    );
    const [signature] = envelope.signatures;
    const key = keys.keys.find(({ kid }) => kid === signature?.keyid);
    expect(key?.purpose).toBe('manifest');
    const signed = preAuthEncoding(TRIAL_TYPE, payload);
    const bytes = Buffer.from(signature?.sig ?? '', 'base64');
    expect(verifyEd25519(key?.public_key ?? '', signed, bytes)).toBe(true);
    const claims = JSON.parse(payload.toString()) as Record<string, unknown>;
    const { compiler, clock } = server.services;
    expect(claims).toMatchObject({
      v: 1,
      trial_id: trialId,
      agent_id: agent.id,
      org_id: server.org.id,
      project_id: server.project.id,
      environment_id: server.development.id,
      config: compiler.bundleEncode(asked.config, { secrets: [], boundaries: null }).text,
    });
    expect(Number(claims['expires_at']) - Number(claims['created_at'])).toBe(120);
    expect(Number(claims['expires_at']) * 1000).toBeGreaterThan(clock.now().getTime());

    // One at a time; nobody else's agent learns of it.
    expect(await codeOf(api.connections.try(asked))).toBe('trial_under_way');
    const other = await enrollTestAgent(server, server.development.id, { name: 'other' });
    expect((await fetchRequest(trialId, other)).statusCode).toBe(404);
    expect((await tell(trialId, report([step('mine')]), other)).statusCode).toBe(404);

    const answer = await tell(trialId, report([step('it takes connections')]));
    expect(answer.json()).toEqual({ taken: true });
    expect(await api.connections.get({ trialId })).toMatchObject({
      state: 'answered',
      report: { outcome: 'tried', steps: [step('it takes connections')] },
    });
    expect((await beat()).connection_trial).toBeUndefined();
    // The first word counts, and the request is nobody's any more.
    expect((await tell(trialId, report([step('otherwise')]))).json()).toEqual({ taken: false });
    expect((await api.connections.get({ trialId })).report?.steps[0]?.message).toBe(
      'it takes connections',
    );
    expect((await fetchRequest(trialId)).statusCode).toBe(404);

    const { records } = await api.audit.list({ orgId: server.org.id, limit: 50 });
    const audited = records.filter(({ action }) => action.startsWith('connection.'));
    expect(audited.map(({ action, outcome, actor }) => [action, outcome, actor.name])).toEqual([
      ['connection.answer', 'succeeded', 'agent'],
      ['connection.try', 'succeeded', server.owner.name],
      ['connection.try', 'denied', 'Vi'],
    ]);
  });

  it('shows words as what they are, and refuses a report that is none', async () => {
    await beat();
    const { trialId } = await api.connections.try(asked);
    for (const broken of [
      report([step('x', { side: 'elsewhere' })]),
      report([step('x', { step: 'format the disk' })]),
      report([step('x', { state: 'fine' })]),
      report(Array.from({ length: 65 }, () => step('x'))),
      report([step('x')], { outcome: 'well' }),
    ]) {
      expect((await tell(trialId, broken)).statusCode).toBe(400);
    }
    const wild = 'zero \0, half \ud800, up \u001b[2J, turned \u202ename';
    const body = report(
      [step(wild, { state: 'failed', code: 'E_\0', help: 'long '.repeat(2000) })],
      { code: '\0', message: '\u2028' },
    );
    expect((await tell(trialId, body)).statusCode).toBe(200);
    const { report: kept } = await api.connections.get({ trialId });
    expect(kept?.steps[0]?.message).toBe(
      'zero \ufffd, half \ufffd, up \ufffd[2J, turned \ufffdname',
    );
    expect(kept?.steps[0]?.help).toHaveLength(1000);
    expect([kept?.code, kept?.message]).toEqual(['\ufffd', '\ufffd']);
  });

  it('ends by itself where nobody answers, and no answer is taken after that', async () => {
    await beat();
    const { trialId } = await api.connections.try(asked);
    server.advance(2);
    expect((await beat()).connection_trial).toBeUndefined();
    expect((await fetchRequest(trialId)).statusCode).toBe(404);
    // An agent that began it in time may still answer.
    expect((await api.connections.get({ trialId })).state).toBe('asked');
    server.advance(2);
    expect((await api.connections.get({ trialId })).state).toBe('unanswered');
    expect((await tell(trialId, report([]))).json()).toEqual({ taken: false });
  });

  it('is asked so often and no more', async () => {
    server.advance(3);
    await beat();
    for (let time = 0; time < LIMITS.trial.requests; time += 1) {
      const { trialId } = await api.connections.try(asked);
      await tell(trialId, report([]));
    }
    expect(await codeOf(api.connections.try(asked))).toBe('rate_limited');
  });
});
