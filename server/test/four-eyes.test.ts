/** One person alone never obtains what four eyes guard; where two may be one, it says so for ever. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HeldSession } from '../providers/identity.ts';
import {
  addPerson,
  askedAnew,
  clearTheWay,
  codeOf,
  makeChoice,
  startTestServer,
  type TestPerson,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let olive: TestPerson;
let choice: { versionId: string; bundleId: string; agentIds: string[] };

beforeAll(async () => {
  server = await startTestServer();
  olive = await addPerson(server, 'Olive', 'operator');
  ({ choice } = await makeChoice(server));
});
afterAll(() => server.close());
beforeEach(async () => {
  server.services.config.provenRequired = false;
  await clearTheWay(server);
});

/** How a session came to be that `by` issued or was shown. */
const invitedBy = (...by: TestPerson[]): Partial<HeldSession> => ({
  method: 'invitation',
  shownTo: by.map((person) => person.id),
  orgIds: [server.org.id],
});
const linkedBy = (...by: TestPerson[]): Partial<HeldSession> => ({
  ...invitedBy(...by),
  method: 'page_link',
});

async function request(user = server.owner, session?: Partial<HeldSession>) {
  const api = server.as(user, session);
  const anew = askedAnew(choice);
  const preview = await api.deployments.preview(anew);
  return api.deployments.create({
    ...anew,
    expectedDigest: preview.digest ?? '',
    comment: '',
  });
}
async function decide(
  { approvalId, digest }: { approvalId: string; digest: string },
  user: TestPerson,
  session?: Partial<HeldSession>,
  decision: 'approve' | 'deny' = 'approve',
) {
  const api = server.as(user, session);
  const { basis } = await api.approvals.get({ approvalId });
  return decision === 'approve'
    ? api.approvals.approve({ approvalId, digest, basis })
    : api.approvals.deny({ approvalId, digest });
}
const shown = (approvalId: string, user = server.owner) =>
  server.as(user).approvals.get({ approvalId });

describe('two who are proven', () => {
  it('are two, and nothing needs to be said', async () => {
    server.services.config.provenRequired = true;
    const created = await request();
    expect(await shown(created.approvalId, olive)).toMatchObject({
      requestedBy: { name: 'Owner', proven: true, letInBy: [] },
      secondPerson: { proven: true, tie: null },
      approveRefusal: null,
    });
    await decide(created, olive);
    const after = await shown(created.approvalId);
    expect(after).toMatchObject({
      decision: { by: { name: 'Olive', proven: true } },
      secondPerson: { proven: true },
    });
    const deployment = await server
      .as(server.owner)
      .deployments.get({ deploymentId: created.deploymentId });
    expect(deployment.transitions.find((one) => one.to === 'approved')?.code).toBeNull();
  });
});

describe('a second self', () => {
  it('may be one, where no provider can tell, and history says so for ever', async () => {
    const created = await request();
    await decide(created, olive, invitedBy(server.owner));
    const approval = await shown(created.approvalId);
    expect(approval).toMatchObject({
      state: 'approved',
      decision: { by: { name: 'Olive', proven: false, letInBy: [{ name: 'Owner' }] } },
      secondPerson: { proven: false, tie: 'requester_let_in_approver' },
    });
    // As whom a decision would be signed is of the session that asks.
    expect(
      await server
        .as(olive, invitedBy(server.owner))
        .approvals.get({ approvalId: created.approvalId }),
    ).toMatchObject({
      you: { name: 'Olive', proven: false, method: 'invitation', letInBy: [{ name: 'Owner' }] },
    });
    const deployment = await server
      .as(server.owner)
      .deployments.get({ deploymentId: created.deploymentId });
    expect(deployment.transitions.find((one) => one.to === 'approved')?.code).toBe(
      'second_person_not_proven',
    );
    const { records } = await server.as(server.owner).audit.list({ orgId: server.org.id });
    expect(records.find((one) => one.action === 'approval.approve')?.detail).toMatchObject({
      second_person: 'not_proven',
      tie: 'requester_let_in_approver',
      requester: { user_id: server.owner.id, proven: true, let_in_by: [] },
      reviewer: { user_id: olive.id, proven: false, let_in_by: [server.owner.id] },
    });
    const asked = records.find((one) => one.action === 'deployment.create');
    expect(asked?.detail).toMatchObject({ requester: { proven: true } });
    const { client: db } = server.services.database;
    await expect(
      db.approval.updateMany({ where: { id: created.approvalId }, data: { decidedShownTo: [] } }),
    ).rejects.toThrow(/immutable/);
  });

  it('is told in the other direction, and through a common inviter', async () => {
    const first = await request(olive, invitedBy(server.owner));
    await decide(first, server.owner);
    expect(await shown(first.approvalId)).toMatchObject({
      secondPerson: { proven: false, tie: 'approver_let_in_requester' },
    });
    const boss = await addPerson(server, 'Boss', 'org_admin');
    const oscar = await addPerson(server, 'Oscar', 'operator');
    const second = await request(olive, invitedBy(boss));
    await decide(second, oscar, invitedBy(boss));
    expect(await shown(second.approvalId)).toMatchObject({
      secondPerson: { proven: false, tie: 'common_inviter' },
    });
  });

  it('decides nothing in prod where proven people are required', async () => {
    server.services.config.provenRequired = true;
    const created = await request();
    const CODE = 'approval_second_person_not_proven';
    expect(await codeOf(decide(created, olive, invitedBy(server.owner)))).toBe(CODE);
    const asked = await request(olive, invitedBy(server.owner));
    expect(await codeOf(decide(asked, server.owner))).toBe(CODE);
    const { records } = await server.as(server.owner).audit.list({ orgId: server.org.id });
    expect(records[0]).toMatchObject({ outcome: 'denied', detail: { code: CODE } });
  });
});

describe('a session whose link an admin issued in the page', () => {
  const CODE = 'approval_issuers_request';

  it('decides nothing that the admin asked for or wrote', async () => {
    const created = await request();
    expect(await codeOf(decide(created, olive, linkedBy(server.owner)))).toBe(CODE);
    expect(await codeOf(decide(created, olive, linkedBy(server.owner), 'deny'))).toBe(CODE);
    // Asked for by another, but the version and the bundle are the owner's.
    const oscar = await addPerson(server, 'Oscar', 'operator');
    const written = await request(oscar);
    expect(await codeOf(decide(written, olive, linkedBy(server.owner)))).toBe(CODE);
    const boss = await addPerson(server, 'Boss', 'org_admin');
    expect(await codeOf(decide(written, olive, linkedBy(boss)))).toBe('none');
  });

  it('asks for nothing that the admin decides', async () => {
    const created = await request(olive, linkedBy(server.owner));
    expect(await codeOf(decide(created, server.owner))).toBe(CODE);
    const boss = await addPerson(server, 'Boss', 'org_admin');
    expect(await codeOf(decide(created, boss))).toBe('none');
  });

  it('says why on the screen before anybody clicks', async () => {
    const created = await request();
    const approval = await server
      .as(olive, linkedBy(server.owner))
      .approvals.get({ approvalId: created.approvalId });
    expect(approval).toMatchObject({
      approveRefusal: CODE,
      denyRefusal: CODE,
      secondPerson: { proven: false, tie: 'requester_let_in_approver' },
    });
  });
});

describe('switching four eyes off', () => {
  it('takes an organization admin, by every path', async () => {
    const paula = await addPerson(server, 'Paula', 'project_admin');
    const api = server.as(paula);
    const environmentId = server.production.id;
    const update = (settings: Record<string, unknown>) =>
      codeOf(api.environments.update({ environmentId, settings }));
    expect(await update({ selfApproval: true })).toBe('permission_denied');
    expect(await update({ maxInFlight: 9 })).toBe('none');
    // The value that it has already changes nothing.
    expect(await update({ selfApproval: false, maxInFlight: 8 })).toBe('none');
    const create = (posture: 'dev' | 'prod', selfApproval: boolean) =>
      codeOf(
        api.environments.create({
          projectId: server.project.id,
          name: `${posture} ${String(selfApproval)}`,
          posture,
          settings: { selfApproval },
        }),
      );
    expect(await create('prod', true)).toBe('permission_denied');
    expect(await create('prod', false)).toBe('permission_denied');
    expect(await create('dev', true)).toBe('none');
  });
});
