import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, environmentScope, userActor } from '../authorize.ts';
import { grantApproval } from '../approvals/grant.ts';
import { presenceOf, recordedPerson, requestedIn } from '../approvals/persons.ts';
import type { Caller } from '../caller.ts';
import { policyIssuer, type Posture } from '../domain/environments/policy.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { conflict, refused } from '../errors.ts';
import type { Services } from '../services.ts';
import { deploymentChoice, planDeployment } from './plan-deployment.ts';

export const createDeploymentInput = deploymentChoice.extend({
  /** The digest that the preview showed. */
  expectedDigest: z.string().max(100),
  comment: z.string().trim().max(2000).default(''),
});

/**
 * Requests a deployment. It waits for a person's approval, or, where the environment's policy
 * approves by itself, is approved in the same transaction, with a credential that says so.
 */
export async function createDeployment(
  services: Services,
  caller: Caller,
  input: z.infer<typeof createDeploymentInput>,
) {
  const { database, clock, compiler, live, jobs } = services;
  const first = await planDeployment(compiler, database.client, caller, input);
  await authorize(
    services,
    caller,
    'OperateEnvironment',
    environmentScope(first.environment),
    'deployment.create',
  );
  const now = clock.now();
  const deploymentId = uuidv7();
  const approvalId = uuidv7();
  const created = await database.transact(async (db) => {
    const plan = await planDeployment(compiler, db, caller, input);
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
            agent: { connect: { orgId_id: { orgId: environment.orgId, id: agentId } } },
          })),
        },
      },
    });
    const actor = userActor(caller);
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
    await recordAudit(db, now, {
      orgId: environment.orgId,
      projectId: environment.projectId,
      environmentId: environment.id,
      actor,
      action: 'deployment.create',
      outcome: 'succeeded',
      resource: { kind: 'deployment', id: deploymentId, name: plan.slot },
      detail: {
        deployment_digest: stated.digest,
        version: version.number,
        spec_hash: version.specHash,
        config_digest: bundle.digest,
        agents: plan.agentIds,
        approval: stated.approval,
        requester: recordedPerson(presenceOf(caller.user)),
      },
    });
    for (const event of [
      { type: 'deployment' as const, id: deploymentId },
      { type: 'approval' as const, id: approvalId },
    ]) {
      await live.publish(
        db,
        { ...event, orgId: environment.orgId, environmentId: environment.id },
        now,
      );
    }
    if (stated.approval === 'policy') {
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
    return { digest: stated.digest, approval: stated.approval };
  });
  if (created.approval === 'policy') jobs.wake('deploy_bundle_build');
  return { deploymentId, approvalId, ...created };
}
