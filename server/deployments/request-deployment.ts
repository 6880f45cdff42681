/** Writes a request for a deployment, and has it approved where nobody has to decide anew. */
import type { Actor } from '../audit/record.ts';
import { carryApproval, goodApprovals } from '../approvals/carry.ts';
import { grantApproval } from '../approvals/grant.ts';
import { presenceOf, requestedIn } from '../approvals/persons.ts';
import type { Caller } from '../caller.ts';
import { rulesOf, type Statement } from '../deployment-state/statement.ts';
import { policyIssuer } from '../domain/environments/policy.ts';
import { refused } from '../errors.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { tellWhoDecides } from '../notifications/of-deployments.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import type { PlannedDeployment } from './plan-deployment.ts';

interface Request {
  services: Services;
  db: Db;
  caller: Caller;
  actor: Actor;
  now: Date;
  /** Runs once the transaction is committed. */
  afterCommit(work: () => void): void;
  plan: PlannedDeployment;
  comment: string;
  /** Why it is asked for, beside a person's wish for something new. */
  because?: {
    rollbackOf?: string | null;
    restores?: string | null;
    againOf?: string | null;
  };
}

/** What is refused before anybody is asked; answers what would be asked for. */
export function stated(plan: PlannedDeployment, besides: readonly string[] = []): Statement {
  const refusals = plan.refusals.filter((one) => !besides.includes(one.code));
  const [refusal] = refusals;
  if (!refusal && plan.stated) return plan.stated;
  throw refused(refusal?.code ?? 'deployment_without_agent', refusal?.message ?? 'No agent.', {
    ...(refusal ? { help: refusal.help } : {}),
    args: { ...refusal?.args, refusals },
  });
}

/**
 * A good approval of the identical digest is carried on, whoever asks for what reason: an approval is
 * for a digest, not for a row. Everything else is decided by somebody.
 */
export async function requestDeployment(request: Request, statement: Statement) {
  const { services, db, caller, actor, now, afterCommit, plan, comment, because } = request;
  const { environment, version, bundle } = plan;
  const deploymentId = uuidv7();
  const approvalId = uuidv7();
  const { id: environmentId, orgId } = environment;
  const { digest } = statement;
  const good = await goodApprovals(
    db,
    {
      environment,
      statements: [{ digest, rules: rulesOf(statement.statement) }],
      by: presenceOf(caller.user),
    },
    now,
  );
  const carried = statement.approval === 'person' ? (good.get(digest) ?? null) : null;
  const expedited = Boolean(because) && statement.approval === 'person' && !carried;
  await db.configBundle.updateMany({
    where: { id: bundle.id, orgId: bundle.orgId, frozenAt: null },
    data: { frozenAt: now },
  });
  await db.deployment.create({
    data: {
      id: deploymentId,
      orgId: orgId,
      environmentId,
      slot: plan.slot,
      versionId: version.id,
      bundleId: bundle.id,
      specHash: version.specHash,
      configDigest: bundle.digest,
      capabilities: statement.statement.capabilities,
      statementText: statement.text,
      digest,
      state: 'pending_approval',
      approvalMode: statement.approval,
      comment,
      rollbackOf: because?.rollbackOf ?? null,
      restores: because?.restores ?? null,
      againOf: because?.againOf ?? null,
      expedited,
      requestedBy: caller.user.id,
      createdAt: now,
      agents: {
        create: plan.agentIds.map((agentId) => ({
          slot: plan.slot,
          agent: { connect: { orgId_id: { orgId: orgId, id: agentId } } },
        })),
      },
    },
  });
  await db.deploymentTransition.create({
    data: {
      id: uuidv7(),
      orgId: orgId,
      deploymentId,
      from: null,
      to: 'pending_approval',
      at: now,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      reason: comment || null,
    },
  });
  await db.approval.create({
    data: {
      id: approvalId,
      orgId: orgId,
      environmentId,
      deploymentId,
      digest,
      specHash: version.specHash,
      capabilities: statement.statement.capabilities,
      state: 'pending',
      mode: statement.approval,
      requestedBy: caller.user.id,
      ...requestedIn(caller.user),
      requestedAt: now,
      expiresAt: new Date(now.getTime() + environment.approvalWindowMinutes * 60_000),
    },
  });
  const approval = {
    id: approvalId,
    orgId: orgId,
    environmentId,
    deploymentId,
    state: 'pending',
    digest,
    specHash: version.specHash,
    capabilities: statement.statement.capabilities,
    deployment: {
      id: deploymentId,
      orgId: orgId,
      environmentId,
      slot: plan.slot,
      epoch: null,
      state: 'pending_approval',
      environment,
    },
  };
  if (carried) await carryApproval(services, db, approval, carried, actor, now);
  if (statement.approval === 'policy') {
    await grantApproval(
      services,
      db,
      {
        environment,
        approval,
        actor: { kind: 'policy', id: null, name: `Policy of ${environment.name}` },
        issuedBy: policyIssuer(environment),
        comment: null,
        requester: presenceOf(caller.user),
        yeses: [],
        breakGlass: null,
        columns: null,
      },
      now,
    );
  }
  if (carried || statement.approval === 'policy') {
    afterCommit(() => services.jobs.wake('deploy_bundle_build'));
  }
  if (!carried) {
    await tellWhoDecides(services, db, { id: approvalId, orgId, environmentId, deploymentId }, now);
  }
  return {
    deploymentId,
    approvalId,
    digest,
    approval: statement.approval,
    carriedFrom: carried ? (carried.carriedFrom ?? carried.id) : null,
    expedited,
  };
}
