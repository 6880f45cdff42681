/** Invariant: no tenant reads or changes another's rows, whatever id it holds (docs/architecture.md). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from '../ids/uuid.ts';
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
let ids: {
  orgId: string;
  projectId: string;
  environmentId: string;
  draftId: string;
  versionId: string;
  bundleId: string;
  deploymentId: string;
  approvalId: string;
  agentId: string;
  tokenId: string;
  invitationId: string;
};
let stranger: Api;
let viewer: Api;
let neighbour: Api;

beforeAll(async () => {
  server = await startTestServer();
  const api = server.as(server.owner);
  const agent = await enrollTestAgent(server, server.development.id);
  const version = await makeVersion(server);
  const bundle = await makeBundle(server, server.development.id, version.versionId);
  const created = await deploy(server, {
    versionId: version.versionId,
    bundleId: bundle.bundleId,
    agentIds: [agent.id],
  });
  const token = await api.enrollmentTokens.create({ environmentId: server.development.id });
  const invitation = await api.invitations.create({
    orgId: server.org.id,
    role: 'viewer',
    name: 'Vi',
    email: 'vi@example.org',
  });
  ids = {
    orgId: server.org.id,
    projectId: server.project.id,
    environmentId: server.development.id,
    draftId: server.draftId,
    versionId: version.versionId,
    bundleId: bundle.bundleId,
    deploymentId: created.deploymentId,
    approvalId: created.approvalId,
    agentId: agent.id,
    tokenId: token.tokenId,
    invitationId: invitation.invitationId,
  };
  const db = server.services.database.client;
  const now = new Date();
  // Admin of another organization: the strongest stranger there can be.
  const user = await db.user.create({
    data: { id: uuidv7(), name: 'Mallory', email: 'mallory@example.org', emailVerified: true },
  });
  const orgId = uuidv7();
  await db.organization.create({ data: { id: orgId, name: 'Elsewhere', createdAt: now } });
  await db.orgMember.create({
    data: { orgId, userId: user.id, role: 'org_admin', createdAt: now },
  });
  stranger = server.as(user);
  viewer = server.as(await addPerson(server, 'Vera', 'viewer'));
  const { projectId } = await api.projects.create({ orgId: server.org.id, name: 'Next door' });
  neighbour = server.as(await addPerson(server, 'Ned', 'project_admin', projectId));
});
afterAll(() => server.close());

const SETTINGS = { selfApproval: true };

/** Every procedure that names a thing, as a person who has no business with it. */
function calls(api: Api): [string, () => Promise<unknown>][] {
  const config = {} as never;
  const choice = () => ({
    versionId: ids.versionId,
    bundleId: ids.bundleId,
    agentIds: [ids.agentId],
  });
  return [
    ['drafts.list', () => api.drafts.list({ environmentId: ids.environmentId })],
    ['drafts.get', () => api.drafts.get({ draftId: ids.draftId })],
    ['drafts.create', () => api.drafts.create({ environmentId: ids.environmentId, name: 'x' })],
    [
      'drafts.save',
      () =>
        api.drafts.save({
          draftId: ids.draftId,
          baseRevision: 1,
          text: '',
          target: 'single_ring',
          layout: {},
          compilerVersion: '',
        }),
    ],
    ['drafts.rename', () => api.drafts.rename({ draftId: ids.draftId, name: 'x' })],
    ['drafts.remove', () => api.drafts.remove({ draftId: ids.draftId })],
    ['versions.list', () => api.versions.list({ environmentId: ids.environmentId })],
    ['versions.get', () => api.versions.get({ versionId: ids.versionId })],
    [
      'versions.create',
      () =>
        api.versions.create({
          draftId: ids.draftId,
          revision: 1,
          expectedSpecHash: '',
          compilerVersion: '',
        }),
    ],
    [
      'versions.promote',
      () => api.versions.promote({ versionId: ids.versionId, environmentId: server.production.id }),
    ],
    ['bundles.list', () => api.bundles.list({ environmentId: ids.environmentId })],
    ['bundles.get', () => api.bundles.get({ bundleId: ids.bundleId })],
    [
      'bundles.suggest',
      () => api.bundles.suggest({ environmentId: ids.environmentId, versionId: ids.versionId }),
    ],
    ['deployments.list', () => api.deployments.list({ environmentId: ids.environmentId })],
    ['deployments.get', () => api.deployments.get({ deploymentId: ids.deploymentId })],
    ['deployments.preview', () => api.deployments.preview(choice())],
    ['deployments.create', () => api.deployments.create({ ...choice(), expectedDigest: '' })],
    ['deployments.withdraw', () => api.deployments.withdraw({ deploymentId: ids.deploymentId })],
    ['approvals.get', () => api.approvals.get({ approvalId: ids.approvalId })],
    [
      'approvals.decide',
      () => api.approvals.decide({ approvalId: ids.approvalId, digest: '', decision: 'approve' }),
    ],
    ['agents.list', () => api.agents.list({ environmentId: ids.environmentId })],
    ['agents.get', () => api.agents.get({ agentId: ids.agentId })],
    ['agents.decommission', () => api.agents.decommission({ agentId: ids.agentId })],
    [
      'enrollmentTokens.create',
      () => api.enrollmentTokens.create({ environmentId: ids.environmentId }),
    ],
    [
      'enrollmentTokens.list',
      () => api.enrollmentTokens.list({ environmentId: ids.environmentId }),
    ],
    ['enrollmentTokens.revoke', () => api.enrollmentTokens.revoke({ tokenId: ids.tokenId })],
    [
      'environments.update',
      () => api.environments.update({ environmentId: ids.environmentId, settings: SETTINGS }),
    ],
    ['environments.delete', () => api.environments.delete({ environmentId: ids.environmentId })],
    [
      'environments.create',
      () => api.environments.create({ projectId: ids.projectId, name: 'x', posture: 'dev' }),
    ],
    ['projects.update', () => api.projects.update({ projectId: ids.projectId, name: 'x' })],
    ['projects.delete', () => api.projects.delete({ projectId: ids.projectId })],
    ['guide.get', () => api.guide.get({ projectId: ids.projectId })],
    [
      'bundles.create',
      () =>
        api.bundles.create({
          environmentId: ids.environmentId,
          versionId: ids.versionId,
          name: 'x',
          config,
        }),
    ],
  ];
}
const organizationCalls = (api: Api): [string, () => Promise<unknown>][] => [
  ['workspace.rename', () => api.workspace.rename({ orgId: ids.orgId, name: 'x' })],
  ['projects.create', () => api.projects.create({ orgId: ids.orgId, name: 'x' })],
  ['members.list', () => api.members.list({ orgId: ids.orgId })],
  ['members.remove', () => api.members.remove({ orgId: ids.orgId, userId: server.owner.id })],
  ['invitations.list', () => api.invitations.list({ orgId: ids.orgId })],
  ['invitations.revoke', () => api.invitations.revoke({ invitationId: ids.invitationId })],
  ['audit.list', () => api.audit.list({ orgId: ids.orgId })],
];

/** The refusal, where input that doesn't parse counts as one. */
async function refusalOf(call: () => Promise<unknown>): Promise<string> {
  try {
    return await codeOf(call());
  } catch (error) {
    if (error instanceof Error && error.cause?.constructor.name === 'ZodError')
      return 'input_invalid';
    throw error;
  }
}

describe('an admin of another organization', () => {
  it('finds nothing by id', async () => {
    for (const [name, call] of [...calls(stranger), ...organizationCalls(stranger)]) {
      const code = await refusalOf(call);
      expect(`${name}: ${code}`).toMatch(/: (\w+_not_found|input_invalid)$/);
    }
  });

  it('sees only the own workspace, inbox and audit', async () => {
    const { orgs } = await stranger.workspace.tree();
    expect(orgs.map((org) => org.name)).toEqual(['Elsewhere']);
    expect(await stranger.approvals.inbox()).toEqual([]);
    expect(await stranger.setup.status()).toEqual([]);
  });
});

describe('a member of another project of the same organization', () => {
  it('finds nothing by id', async () => {
    for (const [name, call] of calls(neighbour)) {
      const code = await refusalOf(call);
      expect(`${name}: ${code}`).toMatch(/: (\w+_not_found|input_invalid)$/);
    }
  });

  it('sees the records of the own project only', async () => {
    const { records } = await neighbour.audit.list({ orgId: ids.orgId });
    expect(records.every((record) => record.projectId !== ids.projectId)).toBe(true);
  });
});

describe('a viewer', () => {
  it('reads, and changes nothing', async () => {
    const reading = /\.(list|get|suggest|preview)$/;
    for (const [name, call] of calls(viewer)) {
      const code = await refusalOf(call);
      if (name === 'enrollmentTokens.list')
        expect(`${name}: ${code}`).toContain('permission_denied');
      else if (reading.test(name)) expect(`${name}: ${code}`).toBe(`${name}: none`);
      else expect(`${name}: ${code}`).toMatch(/: (permission_denied|input_invalid)$/);
    }
  });

  it('leaves a record of each governed step that was denied', async () => {
    const { records } = await server.as(server.owner).audit.list({ orgId: ids.orgId, limit: 200 });
    const denied = records.filter(
      (record) => record.outcome === 'denied' && record.actor.name === 'Vera',
    );
    const actions = new Set(denied.map((record) => record.action));
    for (const action of [
      'deployment.create',
      'approval.decide',
      'agent.decommission',
      'version.create',
    ]) {
      expect(actions).toContain(action);
    }
  });
});

describe('nobody', () => {
  it('is asked to sign in', async () => {
    expect(await codeOf(server.as(null).workspace.tree())).toBe('sign_in_required');
  });
});

describe('the database', () => {
  it('refuses a row that points into another organization', async () => {
    const db = server.services.database.client;
    const other = await db.organization.findFirstOrThrow({ where: { name: 'Elsewhere' } });
    const now = new Date();
    await expect(
      db.draft.create({
        data: {
          id: uuidv7(),
          orgId: other.id,
          environmentId: ids.environmentId,
          name: 'smuggled',
          text: '',
          target: 'single_ring',
          layout: {},
          revision: 1,
          createdBy: server.owner.id,
          updatedBy: server.owner.id,
          createdAt: now,
          updatedAt: now,
        },
      }),
    ).rejects.toThrow(/[Ff]oreign key/);
  });
});
