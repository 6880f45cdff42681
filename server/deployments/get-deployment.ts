import { z } from 'zod';
import { authorize, scopeWithin } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { agentStatus } from '../domain/agents/status.ts';
import type { ApprovalState } from '../domain/approvals/machine.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import { permits } from '../domain/permissions/roles.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';
import type { RingSnapshot } from '../agents/protocol.ts';
import { findDeployment } from './find-deployment.ts';
import { deploymentListView, listInclude } from './view.ts';

export const getDeploymentInput = z.object({ deploymentId: id });

/** One deployment: what was asked, who decided, what each agent was told, tried, and proved. */
export async function getDeployment(
  services: Services,
  caller: Caller,
  input: z.infer<typeof getDeploymentInput>,
) {
  const db = services.database.client;
  const found = await findDeployment(db, caller, input.deploymentId);
  const scope = scopeWithin(found.environment, 'deployment', found.id, found.slot);
  await authorize(services, caller, 'ViewEnvironment', scope, 'deployment.get');
  const row = await db.deployment.findUniqueOrThrow({
    where: { orgId_id: { orgId: found.orgId, id: found.id } },
    include: {
      ...listInclude,
      version: true,
      bundle: true,
      approval: true,
      transitions: { orderBy: { id: 'asc' } },
      agents: {
        include: { agent: true, reports: { orderBy: { id: 'desc' }, take: 50 } },
        orderBy: { agentId: 'asc' },
      },
    },
  });
  const names = await namesOf(db, [row.requestedBy]);
  const now = services.clock.now();
  const memberships = caller.memberships.get(row.orgId);
  // By their KV paths, so that a snapshot's numbers find their names.
  const stages = services.compiler.stagesOf(row.version.specKv);
  const newest = row.agents
    .filter((one) => one.snapshot !== null && one.snapshotAt !== null)
    .sort((a, b) => (b.snapshotAt?.getTime() ?? 0) - (a.snapshotAt?.getTime() ?? 0))[0];
  return {
    ...deploymentListView(row, names),
    environment: {
      id: found.environment.id,
      name: found.environment.name,
      posture: found.environment.posture as 'dev' | 'staging' | 'prod',
    },
    projectId: found.environment.projectId,
    orgId: row.orgId,
    version: {
      id: row.version.id,
      number: row.version.number,
      name: row.version.name,
      specHash: row.version.specHash,
      target: row.version.target as 'single_ring' | 'lane_graph',
      text: row.version.text,
    },
    bundle: {
      id: row.bundle.id,
      name: row.bundle.name,
      digest: row.bundle.digest,
      text: row.bundle.text,
    },
    statementText: row.statementText,
    capabilities: row.capabilities,
    bundleHash: row.bundleHash,
    bundleSize: row.bundleSize,
    bundleExpiresAt: row.bundleExpiresAt?.toISOString() ?? null,
    mayOperate: memberships
      ? permits(memberships, 'OperateEnvironment', found.environment.projectId)
      : false,
    transitions: row.transitions.map((one) => ({
      from: one.from as DeploymentState | null,
      to: one.to as DeploymentState,
      at: one.at.toISOString(),
      actor: { kind: one.actorKind, id: one.actorId, name: one.actorName },
      code: one.code,
      reason: one.reason,
    })),
    approval: row.approval
      ? {
          id: row.approval.id,
          state: row.approval.state as ApprovalState,
          mode: row.approval.mode as 'person' | 'policy',
          decidedByName: row.approval.decidedByName,
          decidedAt: row.approval.decidedAt?.toISOString() ?? null,
          comment: row.approval.comment,
          selfApproved: row.approval.selfApproved,
          issuedBy: row.approval.issuedBy,
          expiresAt: row.approval.expiresAt.toISOString(),
          credentialExpiresAt: row.approval.credentialExpiresAt?.toISOString() ?? null,
        }
      : null,
    agents: row.agents.map((one) => ({
      agentId: one.agentId,
      id: one.agentId,
      name: one.agent.name,
      status: agentStatus(one.agent, now),
      lastHeartbeatAt: one.agent.lastHeartbeatAt?.toISOString() ?? null,
      desired: one.desired
        ? { state: one.desired as 'run' | 'stop', at: one.desiredAt?.toISOString() ?? null }
        : null,
      attempted: one.attemptedPhase
        ? {
            phase: one.attemptedPhase,
            code: one.attemptedCode,
            message: one.attemptedMessage,
            at: one.attemptedAt?.toISOString() ?? null,
          }
        : null,
      running: one.runningSince
        ? {
            since: one.runningSince.toISOString(),
            epoch: one.runningEpoch,
            reportedAt: one.runningReportedAt?.toISOString() ?? null,
          }
        : null,
      failure: one.failureCode
        ? {
            code: one.failureCode,
            message: one.failureMessage ?? '',
            at: one.failedAt?.toISOString() ?? null,
          }
        : null,
      supersededAt: one.supersededAt?.toISOString() ?? null,
      lastWords: one.lastWords,
      history: one.reports.map((report) => ({
        fact: report.fact as 'desired' | 'attempted' | 'running',
        value: report.value,
        code: report.code,
        message: report.message,
        at: report.at.toISOString(),
      })),
    })),
    stages,
    live: newest?.snapshot
      ? {
          agentId: newest.agentId,
          snapshot: newest.snapshot as unknown as RingSnapshot,
          stages,
          at: newest.snapshotAt?.toISOString() ?? now.toISOString(),
        }
      : null,
  };
}
