/** Several who say yes, one who breaks the glass, and what is taken back, kept or reviewed. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addPerson,
  clearTheWay,
  codeOf,
  decide,
  deploy,
  makeChoice,
  startTestServer,
  type Api,
  type TestAgent,
  type TestPerson,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let agent: TestAgent;
let olive: TestPerson;
let oscar: TestPerson;
let pia: TestPerson;
let choice: { versionId: string; bundleId: string; agentIds: string[] };

type Settings = NonNullable<Parameters<Api['environments']['update']>[0]['settings']>;
const PLAIN = {
  selfApproval: false,
  quorum: 1,
  approverRoles: [],
  approverUsers: [],
  breakGlassAllowed: false,
  rolloutFirst: 1,
  rolloutStep: null,
  rolloutPauseSeconds: 30,
} satisfies Settings;

const set = (settings: Settings, by = server.owner) =>
  server.as(by).environments.update({
    environmentId: server.production.id,
    settings: { ...PLAIN, ...settings },
  });
const shown = (approvalId: string, user = server.owner) =>
  server.as(user).approvals.get({ approvalId });
const stateOf = async (deploymentId: string) =>
  (await server.as(server.owner).deployments.get({ deploymentId })).state;
const claimsOf = async (approvalId: string) => {
  const row = await server.services.database.client.approval.findFirstOrThrow({
    where: { id: approvalId },
  });
  const [payload = ''] = (row.credential ?? '').split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
};

beforeAll(async () => {
  server = await startTestServer();
  olive = await addPerson(server, 'Olive', 'operator');
  oscar = await addPerson(server, 'Oscar', 'operator');
  pia = await addPerson(server, 'Pia', 'project_admin');
  ({ agent, choice } = await makeChoice(server));
});
afterAll(() => server.close());
beforeEach(async () => {
  await clearTheWay(server);
  await set({});
});

describe('a quorum', () => {
  it('stays pending until different persons have said yes, and the credential names each', async () => {
    await set({ quorum: 2 });
    const created = await deploy(server, choice);
    expect(await decide(server, olive, created)).toMatchObject({ state: 'pending', yeses: 1 });
    const acts = async () =>
      (await server.as(olive).deployments.get({ deploymentId: created.deploymentId })).acts;
    expect(await acts()).toMatchObject([{ action: 'approval.yes', yeses: 1, quorum: 2 }]);
    expect(await codeOf(decide(server, olive, created))).toBe('approval_already_given');
    const waiting = await shown(created.approvalId, oscar);
    expect(waiting).toMatchObject({ state: 'pending', quorum: 2, approveRefusal: null });
    expect(waiting.yeses).toMatchObject([
      { person: { name: 'Olive' }, method: 'host_link', proven: true, counts: true },
    ]);
    expect(await decide(server, oscar, created)).toMatchObject({ state: 'approved' });
    expect(await claimsOf(created.approvalId)).toMatchObject({
      v: 2,
      break_glass: false,
      issued_by: `user:${oscar.id}`,
      requested_by: { user_id: server.owner.id, proven: true },
      approved_by: [olive.id, oscar.id]
        .sort()
        .map((user_id) => ({ user_id, role: 'operator', method: 'host_link', proven: true })),
    });
    const { records } = await server.as(server.owner).audit.list({ orgId: server.org.id });
    expect(records.filter((one) => one.action === 'approval.yes').slice(0, 2)).toMatchObject([
      { actor: { name: 'Oscar' }, outcome: 'allowed', detail: { yeses: 2, quorum: 2 } },
      { actor: { name: 'Olive' }, outcome: 'denied', detail: { code: 'approval_already_given' } },
    ]);
  });

  it('is no person’s who lost the right to decide before it was met', async () => {
    await set({ quorum: 2 });
    const leaver = await addPerson(server, 'Leaver', 'operator');
    const created = await deploy(server, choice);
    await decide(server, leaver, created);
    await server.services.database.client.projectMember.updateMany({
      where: { userId: leaver.id },
      data: { role: 'viewer' },
    });
    expect((await shown(created.approvalId)).yeses).toMatchObject([{ counts: false }]);
    expect(await decide(server, olive, created)).toMatchObject({ state: 'pending', yeses: 1 });
    expect(await decide(server, oscar, created)).toMatchObject({ state: 'approved' });
    const { approved_by } = (await claimsOf(created.approvalId)) as {
      approved_by: { user_id: string }[];
    };
    expect(approved_by.map(({ user_id }) => user_id)).not.toContain(leaver.id);
  });

  it('loses a yes that is taken back, and one who says no ends it for all', async () => {
    await set({ quorum: 2 });
    const created = await deploy(server, choice);
    await decide(server, olive, created);
    const { approvalId } = created;
    const take = (by: TestPerson) =>
      server.as(by).approvals.revoke({ approvalId, reason: 'looked again' });
    expect(await codeOf(take(oscar))).toBe('approval_nothing_to_revoke');
    expect(await take(olive)).toEqual({ state: 'pending', revoked: [] });
    expect((await shown(approvalId)).yeses).toEqual([]);
    // It may be said anew.
    expect(await decide(server, olive, created)).toMatchObject({ state: 'pending', yeses: 1 });
    await decide(server, oscar, created, 'deny');
    expect(await stateOf(created.deploymentId)).toBe('denied');
    expect(await codeOf(decide(server, pia, created))).toBe('approval_not_pending');
  });

  it('counts named persons and roles only, and can’t ask for more than are named', async () => {
    expect(await codeOf(set({ quorum: 2, approverUsers: [olive.id] }))).toBe('quorum_unreachable');
    await set({ approverUsers: [olive.id], approverRoles: ['project_admin'] });
    const created = await deploy(server, choice);
    expect(await codeOf(decide(server, oscar, created))).toBe('approval_not_named');
    expect(await shown(created.approvalId, oscar)).toMatchObject({
      approveRefusal: 'approval_not_named',
      denyRefusal: null,
      rules: { approvers: { roles: ['project_admin'], users: [{ name: 'Olive' }] } },
    });
    expect(await decide(server, pia, created)).toMatchObject({ state: 'approved' });
  });

  it('of a pending request gets no looser, whatever the environment says later', async () => {
    await set({ quorum: 2 });
    const created = await deploy(server, choice);
    await decide(server, olive, created);
    await set({ quorum: 1 });
    expect(await codeOf(decide(server, oscar, created))).toBe('approval_digest_changed');
    const { approvalId, digest } = created;
    const smash = () =>
      codeOf(server.as(oscar).approvals.breakGlass({ approvalId, digest, reason: 'now' }));
    await set({ quorum: 2, breakGlassAllowed: true });
    expect(await smash()).toBe('approval_digest_changed');
    await set({ quorum: 2 });
    expect(await smash()).toBe('break_glass_not_allowed');
    expect((await shown(approvalId)).state).toBe('pending');
  });

  it('in prod is an organization admin’s to set', async () => {
    for (const settings of [
      { quorum: 2 },
      { approverUsers: [pia.id] },
      { approverRoles: ['operator' as const] },
      { breakGlassAllowed: true },
    ]) {
      expect(await codeOf(set(settings, pia))).toBe('permission_denied');
    }
    expect(await codeOf(set({ rolloutPauseSeconds: 5 }, pia))).toBe('none');
  });
});

describe('breaking the glass', () => {
  const broken = async (by = olive) => {
    await set({ quorum: 3, breakGlassAllowed: true });
    const created = await deploy(server, choice);
    const { approvalId, digest } = created;
    const { approvals } = server.as(by);
    const { basis } = await approvals.get({ approvalId });
    const reason = 'the plant stands still';
    return {
      ...created,
      done: codeOf(approvals.breakGlass({ approvalId, digest, basis, reason })),
    };
  };

  it('is one person’s decision, marked in credential, page and audit, reviewed by a second', async () => {
    const created = await broken();
    expect(await created.done).toBe('none');
    const { approvalId } = created;
    expect(await claimsOf(approvalId)).toMatchObject({
      break_glass: true,
      issued_by: `user:${olive.id}`,
      approved_by: [{ user_id: olive.id }],
    });
    expect(await shown(approvalId, oscar)).toMatchObject({
      state: 'approved',
      breakGlass: { reason: 'the plant stands still', review: null },
      reviewRefusal: null,
    });
    const { deploymentId } = created;
    const deployment = await server.as(server.owner).deployments.get({ deploymentId });
    expect(deployment.transitions.at(-1)).toMatchObject({ to: 'approved', code: 'break_glass' });
    expect(deployment.approval).toMatchObject({ breakGlass: true });
    const { records } = await server.as(server.owner).audit.list({ orgId: server.org.id });
    expect(records.find((one) => one.action === 'approval.break_glass')).toMatchObject({
      outcome: 'allowed',
      actor: { name: 'Olive' },
      detail: { reason: 'the plant stands still', deployment_digest: created.digest },
    });

    const review = (by: TestPerson) =>
      server
        .as(by)
        .approvals.reviewBreakGlass({ approvalId, verdict: 'unjustified', comment: 'it ran' });
    const toReview = async (by: TestPerson) => {
      const inbox = await server.as(by).approvals.inbox();
      return inbox.filter(({ mayReview }) => mayReview).map(({ id }) => id);
    };
    expect(await toReview(oscar)).toEqual([approvalId]);
    expect(await toReview(olive)).toEqual([]);
    expect(await toReview(server.owner)).toEqual([]);
    expect(await codeOf(review(olive))).toBe('break_glass_own_review');
    expect(await codeOf(review(server.owner))).toBe('break_glass_own_review');
    expect(await review(oscar)).toEqual({ verdict: 'unjustified' });
    expect(await toReview(oscar)).toEqual([]);
    expect(await codeOf(review(pia))).toBe('break_glass_reviewed');
    expect((await shown(approvalId)).breakGlass).toMatchObject({
      review: { by: { name: 'Oscar' }, verdict: 'unjustified', comment: 'it ran' },
    });
    // No program of ours can take the mark or the review away.
    const { client: db } = server.services.database;
    for (const data of [
      { breakGlass: false },
      { breakGlassReason: 'another' },
      { reviewVerdict: 'justified' as const },
    ]) {
      await expect(db.approval.updateMany({ where: { id: approvalId }, data })).rejects.toThrow();
    }
  });

  it('is never for who allowed it', async () => {
    expect(await (await broken(server.owner)).done).toBe('break_glass_own_allowance');
  });

  it('is for once: the next of the same digest is asked for anew', async () => {
    const created = await broken();
    expect(await created.done).toBe('none');
    const api = server.as(server.owner);
    const { rollout } = (await shown(created.approvalId)).rules;
    const anew = { ...choice, rollout: { pauseSeconds: rollout.pauseSeconds } };
    const again = await api.deployments.create({ ...anew, expectedDigest: created.digest });
    expect(again).toMatchObject({ digest: created.digest, carriedFrom: null });
    expect(await stateOf(again.deploymentId)).toBe('pending_approval');
  });
});

describe('an identical digest', () => {
  const again = async (user: TestPerson, digest: string) =>
    server.as(user).deployments.create({ ...choice, expectedDigest: digest });
  const first = async () => {
    const api = server.as(server.owner);
    const preview = await api.deployments.preview(choice);
    return api.deployments.create({ ...choice, expectedDigest: preview.digest ?? '' });
  };

  it('keeps its yes within the window, says whose, and lasts no longer', async () => {
    await set({ rolloutPauseSeconds: 101 });
    const created = await first();
    await decide(server, olive, created);
    const kept = await again(oscar, created.digest);
    expect(kept.carriedFrom).toBe(created.approvalId);
    expect(await stateOf(kept.deploymentId)).toBe('approved');
    expect(await claimsOf(kept.approvalId)).toEqual(await claimsOf(created.approvalId));
    expect(await shown(kept.approvalId)).toMatchObject({
      carriedFrom: created.approvalId,
      yeses: [{ person: { name: 'Olive' } }],
    });
    // Who said yes asks for it: then they would be alone.
    const own = await again(olive, created.digest);
    expect(own.carriedFrom).toBeNull();
    expect(await stateOf(own.deploymentId)).toBe('pending_approval');
    server.advance(61);
    const late = await again(oscar, created.digest);
    expect(await stateOf(late.deploymentId)).toBe('pending_approval');
  });

  it('keeps nothing that was revoked, and a revocation ends what it was carried on to', async () => {
    await set({ rolloutPauseSeconds: 102 });
    const created = await first();
    await decide(server, olive, created);
    const kept = await again(oscar, created.digest);
    const { approvalId } = kept;
    const revoke = (by: TestPerson) =>
      server.as(by).approvals.revoke({ approvalId, reason: 'wrong file' });
    expect(await codeOf(revoke(oscar))).toBe('approval_not_yours_to_revoke');
    const { revoked } = await revoke(olive);
    expect([...revoked].sort()).toEqual([created.deploymentId, kept.deploymentId].sort());
    for (const deploymentId of revoked) {
      const deployment = await server.as(server.owner).deployments.get({ deploymentId });
      expect(deployment).toMatchObject({ state: 'failed', failure: { code: 'approval_revoked' } });
    }
    expect((await shown(approvalId)).revoked).toMatchObject({
      by: { name: 'Olive' },
      reason: 'wrong file',
    });
    expect((await again(oscar, created.digest)).carriedFrom).toBeNull();
  });

  it('that is active stays so, and its grant can be kept from what comes', async () => {
    await set({ rolloutPauseSeconds: 103 });
    const created = await first();
    await decide(server, olive, created);
    await server.runJobs();
    const { epoch } = await server
      .as(server.owner)
      .deployments.get({ deploymentId: created.deploymentId });
    await agent.status(created.deploymentId, epoch ?? 0, 'active');
    const revoke = () =>
      server.as(pia).approvals.revoke({ approvalId: created.approvalId, reason: 'no more' });
    expect(await revoke()).toEqual({ state: 'approved', revoked: [] });
    expect(await codeOf(revoke())).toBe('approval_nothing_to_revoke');
    expect(await stateOf(created.deploymentId)).toBe('active');
    expect((await again(oscar, created.digest)).carriedFrom).toBeNull();
  });
});
