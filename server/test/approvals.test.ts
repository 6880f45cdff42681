import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyEd25519 } from '../providers/signer.ts';
import { expireApprovals, expireGrants } from '../jobs/timers.ts';
import {
  addPerson,
  clearTheWay,
  codeOf,
  decide as decideAs,
  deploy,
  makeBundle,
  makeChoice,
  startTestServer,
  type TestAgent,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let operator: TestServer['owner'];
let choice: { versionId: string; bundleId: string; agentIds: string[] };
let agent: TestAgent;

beforeAll(async () => {
  server = await startTestServer();
  operator = await addPerson(server, 'Olive', 'operator');
  ({ agent, choice } = await makeChoice(server));
});
afterAll(() => server.close());
beforeEach(async () => {
  // Each test starts with nothing under way.
  await clearTheWay(server);
});

const request = () => deploy(server, choice);
const decide = (
  created: { approvalId: string; digest: string },
  decision: 'approve' | 'deny' = 'approve',
  user = operator,
) => decideAs(server, user, created, decision);
const shown = (deploymentId: string) => server.as(server.owner).deployments.get({ deploymentId });

describe('approving', () => {
  it('signs a credential for exactly this digest, by the key of the organization', async () => {
    const created = await request();
    await decide(created);
    const { client: db } = server.services.database;
    const row = await db.approval.findFirstOrThrow({ where: { id: created.approvalId } });
    const [payload = '', signature = ''] = (row.credential ?? '').split('.');
    const bytes = Buffer.from(payload, 'base64url');
    const claims = JSON.parse(bytes.toString()) as Record<string, unknown>;
    expect(claims).toMatchObject({
      v: 2,
      deployment_digest: created.digest,
      environment_id: server.production.id,
      environment_posture: 'prod',
      issued_by: `user:${operator.id}`,
      approval_id: created.approvalId,
      capabilities: [],
    });
    expect(Object.keys(claims)).toEqual(Object.keys(claims).sort());
    const key = await db.signingKey.findFirstOrThrow({ where: { kid: String(claims['kid']) } });
    expect(key.purpose).toBe('approval');
    expect(verifyEd25519(key.publicKey, bytes, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(key.sealedPrivateKey).toMatch(/^v1\./);
  });

  it('is decided once, however many try', async () => {
    const created = await request();
    const other = await addPerson(server, 'Oscar', 'operator');
    const codes = await Promise.all([
      codeOf(decide(created)),
      codeOf(decide(created, 'deny', other)),
      codeOf(decide(created, 'approve', other)),
    ]);
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(codes.filter((code) => code === 'approval_not_pending')).toHaveLength(2);
  });

  it("is not for one's own request, unless the environment allows it, and then it shows for ever", async () => {
    const created = await request();
    expect(await codeOf(decide(created, 'approve', server.owner))).toBe('approval_own_request');
    const api = server.as(server.owner);
    await api.environments.update({
      environmentId: server.production.id,
      settings: { selfApproval: true },
    });
    // The setting stands in the statement: what was asked for before is another digest now.
    expect(await codeOf(decide(created, 'approve', server.owner))).toBe('approval_digest_changed');
    const again = await request();
    await decide(again, 'approve', server.owner);
    const { approval, transitions } = await shown(again.deploymentId);
    expect(approval?.selfApproved).toBe(true);
    expect(transitions.find((one) => one.to === 'approved')?.code).toBe('self_approval');
    await api.environments.update({
      environmentId: server.production.id,
      settings: { selfApproval: false },
    });
  });

  it('ends when a setting in the statement changes between the approval and the build', async () => {
    const created = await request();
    await decide(created);
    const api = server.as(server.owner);
    const set = (selfApproval: boolean) =>
      api.environments.update({ environmentId: server.production.id, settings: { selfApproval } });
    await set(true);
    await server.runJobs();
    expect(await shown(created.deploymentId)).toMatchObject({
      state: 'failed',
      failure: { code: 'approval_digest_changed' },
      approval: { state: 'revoked' },
    });
    await set(false);
  });
});

describe('denying', () => {
  it('ends the request, with its comment, and leaves what runs alone', async () => {
    const created = await request();
    await decide(created, 'deny');
    const deployment = await shown(created.deploymentId);
    expect(deployment.state).toBe('denied');
    expect(deployment.transitions.at(-1)).toMatchObject({
      to: 'denied',
      reason: 'because',
      actor: { name: 'Olive' },
    });
  });
});

describe('time', () => {
  it('expires what nobody decided', async () => {
    const created = await request();
    server.advance(24 * 60 + 1);
    expect(await codeOf(decide(created))).toBe('approval_expired');
    await expireApprovals(server.services);
    expect(await shown(created.deploymentId)).toMatchObject({
      state: 'denied',
      approval: { state: 'expired' },
    });
  });

  it('revokes a grant that no agent used in time', async () => {
    const created = await request();
    await decide(created);
    await server.runJobs();
    server.advance(61);
    await expireGrants(server.services);
    expect(await shown(created.deploymentId)).toMatchObject({
      state: 'failed',
      failure: { code: 'credential_expired' },
      approval: { state: 'revoked' },
    });
    const { desired } = await agent.heartbeat();
    expect(desired.some((one) => one.deployment_id === created.deploymentId)).toBe(false);
  });
});

describe('a decision', () => {
  it('is made whole or not at all, wherever the server fails, and can be made again', async () => {
    const created = await request();
    const { client: db } = server.services.database;
    const { signer, jobs } = server.services;
    const { approvalId, deploymentId } = created;
    const credentials = () => db.approval.count({ where: { id: approvalId, kid: { not: null } } });
    for (const spy of [() => vi.spyOn(signer, 'sign'), () => vi.spyOn(jobs, 'enqueue')]) {
      const fails = spy().mockRejectedValueOnce(new Error('the disk is full'));
      await expect(decide(created)).rejects.toThrow('the disk is full');
      fails.mockRestore();
      // Neither the yes, nor the grant, nor a record that it was granted.
      const shownNow = await server.as(operator).approvals.get({ approvalId });
      expect(shownNow).toMatchObject({ state: 'pending', yeses: [], approveRefusal: null });
      expect(await credentials()).toBe(0);
      expect((await shown(deploymentId)).state).toBe('pending_approval');
    }
    expect(await decide(created)).toMatchObject({ state: 'approved' });
    expect(await credentials()).toBe(1);
    // An answer that got lost is asked for again: it is told, and not done twice.
    expect(await codeOf(decide(created))).toBe('approval_not_pending');
  });

  it('is bound to what it was compared with, and says when it leads back', async () => {
    const older = await request();
    const newer = await request();
    const reviewer = server.as(operator).approvals;
    const { approvalId, digest } = older;
    const opened = await reviewer.get({ approvalId });
    expect(opened).toMatchObject({ goesBack: null, onTheWay: [] });
    await decide(newer);
    // The newer one is on its way now, so the comparison that was looked at isn't so any more.
    const late = () => reviewer.approve({ approvalId, digest, basis: opened.basis });
    expect(await codeOf(late())).toBe('comparison_changed');
    const { records } = await server.as(server.owner).audit.list({ orgId: server.org.id });
    expect(records.find((record) => record.action === 'approval.yes')).toMatchObject({
      outcome: 'denied',
      detail: { code: 'comparison_changed' },
    });
    await server.runJobs();
    const onTheWay = await reviewer.get({ approvalId });
    expect(onTheWay).toMatchObject({
      goesBack: 'older_request',
      onTheWay: [{ deploymentId: newer.deploymentId, state: 'deploying' }],
    });
    const { epoch } = await shown(newer.deploymentId);
    await agent.status(newer.deploymentId, epoch ?? 0, 'active');
    const again = await reviewer.get({ approvalId });
    // It is the one that was on its way: what it is compared with hasn't changed since.
    expect(again.basis).toBe(onTheWay.basis);
    expect(again).toMatchObject({
      goesBack: 'older_request',
      running: { deploymentId: newer.deploymentId },
    });
    expect(await decide(older)).toMatchObject({ state: 'approved' });
  });

  it('against it needs no comparison', async () => {
    const created = await request();
    const { approvalId, digest } = created;
    await server.as(operator).approvals.deny({ approvalId, digest });
    expect((await shown(created.deploymentId)).state).toBe('denied');
  });
});

describe('withdrawing', () => {
  it('ends an undecided request as withdrawn, which nobody takes for a denial', async () => {
    const created = await request();
    await server
      .as(server.owner)
      .deployments.withdraw({ deploymentId: created.deploymentId, reason: 'oops' });
    expect(await codeOf(decide(created))).toBe('approval_not_pending');
    expect((await shown(created.deploymentId)).transitions.at(-1)).toMatchObject({
      to: 'withdrawn',
      code: 'withdrawn',
    });
    expect(await shown(created.deploymentId)).toMatchObject({
      state: 'withdrawn',
      approval: { state: 'withdrawn', decidedByName: server.owner.name, comment: 'oops' },
    });
    const { records } = await server.as(server.owner).audit.list({ orgId: server.org.id });
    expect(records.find((record) => record.action === 'deployment.withdrawn')).toMatchObject({
      outcome: 'succeeded',
      detail: { from: 'pending_approval', to: 'withdrawn' },
    });
  });

  it('revokes what was granted and not yet active, which did not fail', async () => {
    const created = await request();
    await decide(created);
    await server.as(server.owner).deployments.withdraw({ deploymentId: created.deploymentId });
    await server.runJobs();
    expect(await shown(created.deploymentId)).toMatchObject({
      state: 'withdrawn',
      failure: null,
      approval: { state: 'revoked' },
    });
  });
});

describe('requesting', () => {
  it('refuses what changed since the preview', async () => {
    const create = server
      .as(server.owner)
      .deployments.create({ ...choice, expectedDigest: 'sha256:other' });
    expect(await codeOf(create)).toBe('deployment_digest_mismatch');
  });

  it('freezes the bundle', async () => {
    await request();
    const bundle = await server.as(server.owner).bundles.get({ bundleId: choice.bundleId });
    expect(bundle.frozen).toBe(true);
    const update = server.as(server.owner).bundles.update({
      bundleId: bundle.id,
      baseRevision: bundle.revision,
      name: 'x',
      config: bundle.config,
    });
    expect(await codeOf(update)).toBe('bundle_frozen');
    const { client: db } = server.services.database;
    await expect(
      db.configBundle.updateMany({ where: { id: bundle.id }, data: { text: 'other' } }),
    ).rejects.toThrow(/immutable/);
  });

  it('refuses a LaneGraph before anybody is asked', async () => {
    const plan = 'pipeline p\ningress in\nstage a keep:x\negress out\nin -> a -> out\n';
    const api = server.as(server.owner);
    const { draftId } = await api.drafts.create({
      environmentId: server.production.id,
      name: 'lanes',
      text: plan,
      target: 'lane_graph',
    });
    const compiled = server.services.compiler.compile(plan, 'lane_graph');
    const version = await api.versions.create({
      draftId,
      revision: 1,
      expectedSpecHash: compiled.report?.spec_hash ?? '',
      compilerVersion: server.services.compiler.version,
    });
    const bundle = await makeBundle(server, server.production.id, version.versionId, 'lanes');
    const lanes = { versionId: version.versionId, bundleId: bundle.bundleId, agentIds: [agent.id] };
    expect((await api.deployments.preview(lanes)).refusals[0]?.code).toBe('agent_lacks_feature');
    expect(await codeOf(deploy(server, lanes))).toBe('agent_lacks_feature');
  });

  it('never lets an approved digest change in the database', async () => {
    const created = await request();
    const { client: db } = server.services.database;
    const changed = db.deployment.updateMany({
      where: { id: created.deploymentId },
      data: { statementText: 'other' },
    });
    await expect(changed).rejects.toThrow(/immutable/);
    await expect(
      db.approval.updateMany({ where: { id: created.approvalId }, data: { digest: 'other' } }),
    ).rejects.toThrow(/immutable/);
  });
});
