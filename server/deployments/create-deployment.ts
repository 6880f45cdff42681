import { environmentScope } from '../scopes.ts';
import { grantApproval } from '../approvals/grant.ts';
import { presenceOf, recordedPerson, requestedIn } from '../approvals/persons.ts';
import { policyIssuer, type Posture } from '../domain/environments/policy.ts';
import { conflict, refused } from '../errors.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { comment, text } from '../inputs.ts';
import { tellWhoDecides } from '../notifications/of-deployments.ts';
import { operation } from '../operation.ts';
import { deploymentChoice, planDeployment } from './plan-deployment.ts';

/**
 * Requests a deployment. It waits for a person's approval, or, where the environment's policy
 * approves by itself, is approved in the same transaction, with a credential that says so.
 */
export const createDeployment = operation({
  kind: 'change',
  name: 'deployment.create',
  input: deploymentChoice.extend({
    /** The digest that the preview showed. */
    expectedDigest: text(100),
    comment,
  }),
  thing: ({ services, db, caller, input }) => planDeployment(services.compiler, db, caller, input),
  scope: (plan) => environmentScope(plan.environment),
  needs: 'OperateEnvironment',
  async run({ services, db, caller, actor, input, thing: plan, now, afterCommit }) {
    const deploymentId = uuidv7();
    const approvalId = uuidv7();
    const { environment, version, bundle, stated } = plan;
    const refusal = plan.refusals[0];
    if (refusal || !stated) {
      throw refused(refusal?.code ?? 'deployment_without_agent', refusal?.message ?? 'No agent.', {
        ...(refusal ? { help: refusal.help } : {}),
        args: { ...refusal?.args, refusals: plan.refusals },
      });
    }
    if (stated.digest !== input.expectedDigest) {
      throw conflict(
        'deployment_digest_mismatch',
        'The deployment changed since you looked at it.',
        {
          help: 'Look at the preview again: the bundle or a setting of the environment changed.',
          args: { expected: input.expectedDigest, current: stated.digest },
        },
      );
    }
    await db.configBundle.updateMany({
      where: { id: bundle.id, orgId: bundle.orgId, frozenAt: null },
      data: { frozenAt: now },
    });
    await db.deployment.create({
      data: {
        id: deploymentId,
        orgId: environment.orgId,
        environmentId: environment.id,
        slot: plan.slot,
        versionId: version.id,
        bundleId: bundle.id,
        specHash: version.specHash,
        configDigest: bundle.digest,
        capabilities: stated.statement.capabilities,
        statementText: stated.text,
        digest: stated.digest,
        state: 'pending_approval',
        approvalMode: stated.approval,
        comment: input.comment,
        requestedBy: caller.user.id,
        createdAt: now,
        agents: {
          create: plan.agentIds.map((agentId) => ({
            slot: plan.slot,
            agent: { connect: { orgId_id: { orgId: environment.orgId, id: agentId } } },
          })),
        },
      },
    });
    await db.deploymentTransition.create({
      data: {
        id: uuidv7(),
        orgId: environment.orgId,
        deploymentId,
        from: null,
        to: 'pending_approval',
        at: now,
        actorKind: actor.kind,
        actorId: actor.id,
        actorName: actor.name,
        reason: input.comment || null,
      },
    });
    await db.approval.create({
      data: {
        id: approvalId,
        orgId: environment.orgId,
        environmentId: environment.id,
        deploymentId,
        digest: stated.digest,
        specHash: version.specHash,
        capabilities: stated.statement.capabilities,
        state: 'pending',
        mode: stated.approval,
        requestedBy: caller.user.id,
        ...requestedIn(caller.user),
        requestedAt: now,
        expiresAt: new Date(now.getTime() + environment.approvalWindowMinutes * 60_000),
      },
    });
    if (stated.approval === 'policy') {
      afterCommit(() => services.jobs.wake('deploy_bundle_build'));
      const issuer = policyIssuer({ ...environment, posture: environment.posture as Posture });
      await grantApproval(
        services,
        db,
        {
          environment,
          approval: {
            id: approvalId,
            orgId: environment.orgId,
            environmentId: environment.id,
            deploymentId,
            state: 'pending',
            digest: stated.digest,
            specHash: version.specHash,
            capabilities: stated.statement.capabilities,
            deployment: {
              id: deploymentId,
              orgId: environment.orgId,
              environmentId: environment.id,
              slot: plan.slot,
              epoch: null,
              state: 'pending_approval',
              environment,
            },
          },
          actor: { kind: 'policy', id: null, name: `Policy of ${environment.name}` },
          issuedBy: issuer,
          comment: null,
          byPerson: null,
        },
        now,
      );
    }
    const { orgId, id: environmentId } = environment;
    await tellWhoDecides(services, db, { id: approvalId, orgId, environmentId, deploymentId }, now);
    return { deploymentId, approvalId, digest: stated.digest, approval: stated.approval };
  },
  audit: ({ answer, caller, thing: plan }) => ({
    resource: { kind: 'deployment', id: answer.deploymentId, name: plan.slot },
    detail: {
      deployment_digest: answer.digest,
      version: plan.version.number,
      spec_hash: plan.version.specHash,
      config_digest: plan.bundle.digest,
      agents: plan.agentIds,
      approval: answer.approval,
      requester: recordedPerson(presenceOf(caller.user)),
    },
  }),
  events: ({ answer }) => [
    { type: 'deployment', id: answer.deploymentId },
    { type: 'approval', id: answer.approvalId },
  ],
});
