/** One of each thing, in a project of its own: what somebody holds ids of. */
import { addPerson, enrollTestAgent, type Api, type TestServer } from './harness.ts';

/** Ids by the name that inputs give them. */
export interface World {
  orgId: string;
  projectId: string;
  environmentId: string;
  draftId: string;
  versionId: string;
  /** The version itself: what it is compared with. */
  baseVersionId: string;
  threadId: string;
  commentId: string;
  notificationId: string;
  bundleId: string;
  deploymentId: string;
  approvalId: string;
  agentId: string;
  trialId: string;
  tokenId: string;
  invitationId: string;
  /** Somebody with a role in this project and nowhere else. */
  userId: string;
  /** Secrets of the agent and of an unused token, for the routes of agents. */
  runtimeKey: string;
  enrollmentToken: string;
}

/** Makes one of each through the API, as an admin of the organization. */
export async function makeWorld(
  server: TestServer,
  api: Api,
  org: { id: string; projectId: string },
  name: string,
): Promise<World> {
  const { id: orgId, projectId } = org;
  const { environmentId } = await api.environments.create({ projectId, name, posture: 'dev' });
  const agent = await enrollTestAgent(server, environmentId, { name, api, orgId, projectId });
  const sample = await server.services.database.client.draft.findUniqueOrThrow({
    where: { id: server.draftId },
  });
  const target = 'single_ring';
  const { draftId, revision } = await api.drafts.create({
    environmentId,
    name,
    text: sample.text,
    target,
  });
  const { compiler } = server.services;
  const { versionId } = await api.versions.create({
    draftId,
    revision,
    expectedSpecHash: compiler.compile(sample.text, target).report?.spec_hash ?? '',
    compilerVersion: compiler.version,
  });
  const [first = ''] = sample.text.split('\n');
  const { threadId, commentId } = await api.reviews.comment({
    versionId,
    anchor: 'plan',
    line: 1,
    body: `About ${name}`,
    suggestion: `# ${name}\n${first}`,
  });
  const { config } = await api.bundles.suggest({ environmentId, versionId });
  const { bundleId } = await api.bundles.create({
    environmentId,
    versionId,
    name,
    config: {
      ...config,
      ingress: { ...config.ingress, path: `/data/${name}.in` },
      egress: { ...config.egress, path: `/data/${name}.out` },
      reject: { path: `/data/${name}.rejected` },
    },
  });
  await agent.heartbeat([], { trial_versions: [1] });
  const { config: kept } = await api.bundles.get({ bundleId });
  const trial = { environmentId, versionId, agentId: agent.id, config: kept };
  const { trialId } = await api.connections.try(trial);
  const choice = { versionId, bundleId, agentIds: [agent.id] };
  const preview = await api.deployments.preview(choice);
  const requested = await api.deployments.create({
    ...choice,
    expectedDigest: preview.digest ?? '',
    comment: '',
  });
  const token = await api.enrollmentTokens.create({ environmentId });
  const { invitationId } = await api.invitations.create({
    orgId,
    projectId,
    role: 'viewer',
    name,
    email: `${name}@example.org`,
  });
  const member = await addPerson(server, `${name} member`, 'viewer', projectId, orgId);
  await server.as(member).reviews.reply({ threadId, body: `Yes, ${name}` });
  const { id: notificationId } =
    await server.services.database.client.notification.findFirstOrThrow({ where: { threadId } });
  return {
    orgId,
    projectId,
    environmentId,
    draftId,
    versionId,
    baseVersionId: versionId,
    threadId,
    commentId,
    notificationId,
    bundleId,
    deploymentId: requested.deploymentId,
    approvalId: requested.approvalId,
    agentId: agent.id,
    trialId,
    tokenId: token.tokenId,
    invitationId,
    userId: member.id,
    runtimeKey: agent.key,
    enrollmentToken: token.token,
  };
}
