import { z } from 'zod';
import type { AttemptPhase } from '../domain/agents/phases.ts';
import { agentStatus } from '../domain/agents/status.ts';
import type { ApprovalState } from '../domain/approvals/machine.ts';
import type { DesiredState } from '../domain/deployments/health.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import { waitingOf, type Waiting } from '../domain/deployments/waiting.ts';
import { id } from '../inputs.ts';
import { workerSeenAt } from '../workers/beat.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import type { Db } from '../providers/database.ts';
import { actsOn } from './acts.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';
import { factsOf, healthView } from '../deployment-state/health.ts';
import { originOf } from './origin.ts';
import { operateView, tryNowView } from './operate-view.ts';
import { standingOf } from './standing.ts';
import { deploymentListView, listInclude, reportView } from './view.ts';

/** Reports of an agent that are shown at once; `deployments.reports` answers what is older. */
const HISTORY_SHOWN = 50;

const detailInclude = {
  ...listInclude,
  version: true,
  bundle: true,
  approval: true,
  transitions: { orderBy: { id: 'asc' } },
  agents: {
    include: {
      agent: true,
      reports: { orderBy: { id: 'desc' }, take: HISTORY_SHOWN },
      _count: { select: { reports: true } },
    },
    orderBy: { agentId: 'asc' },
  },
} as const;
type Detail = NonNullable<Awaited<ReturnType<typeof findDetail>>>;
const findDetail = (db: Db, { orgId, id }: { orgId: string; id: string }) =>
  db.deployment.findUnique({ where: { orgId_id: { orgId, id } }, include: detailInclude });

/** One deployment: what was asked, who decided, what each agent was told, tried, and proved. */
export const getDeployment = operation({
  kind: 'read',
  name: 'deployment.get',
  input: z.object({ deploymentId: id }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'ViewEnvironment',
  async run({ services, db, caller, thing: found, now }) {
    const row = await findDetail(db, found);
    if (!row) throw new Error(`deployment ${found.id} went while it was read`);
    const standing = await standingOf(services, db, caller, found, now);
    const { mayOperate } = standing.facts;
    const people = [row.requestedBy, row.stoppedBy, row.leftBy, standing.slot?.stoppedBy];
    const names = await namesOf(
      db,
      people.filter((userId) => userId != null),
    );
    return {
      ...deploymentListView(row, names, now),
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
        number: row.bundle.number,
        name: row.bundle.name,
        digest: row.bundle.digest,
        text: row.bundle.text,
      },
      statementText: row.statementText,
      capabilities: row.capabilities,
      bundleHash: row.bundleHash,
      bundleSize: row.bundleSize,
      bundleExpiresAt: row.bundleExpiresAt?.toISOString() ?? null,
      stoppedBy: row.stoppedBy ? names(row.stoppedBy) : null,
      mayOperate,
      ...operateView(standing, names),
      waiting: waitingView(await waitingFor(db, row, now)),
      transitions: row.transitions.map((one) => ({
        from: one.from as DeploymentState | null,
        to: one.to as DeploymentState,
        at: one.at.toISOString(),
        actor: { kind: one.actorKind, id: one.actorId, name: one.actorName },
        code: one.code,
        reason: one.reason,
      })),
      /** What was done to its version, for the beginning of its story. */
      origin: await originOf(db, row, found.environment.projectId),
      /** What people did beside. */
      acts: await actsOn(db, row),
      approval: row.approval ? approvalView(row.approval) : null,
      agents: row.agents.map((part) => ({
        ...partView(part, now),
        ...tryNowView(part, mayOperate, now),
        /** The other deployment of the slot that it last proved to run. */
        instead: (part.runningSince ? null : standing.instead.get(part.agentId)) ?? null,
      })),
      // By their KV paths, so that a snapshot's numbers find their names.
      stages: services.compiler.stagesOf(row.version.specKv),
    };
  },
});

async function waitingFor(db: Db, row: Detail, now: Date): Promise<Waiting | null> {
  return waitingOf(
    {
      state: row.state as DeploymentState,
      since: row.transitions.at(-1)?.at ?? row.createdAt,
      decideUntil: row.approval?.expiresAt ?? null,
      grantUntil: row.approval?.credentialExpiresAt ?? null,
      workerSeenAt: await workerSeenAt(db),
      parts: row.agents.map((part) => ({ ...factsOf(part), confirmedAt: part.confirmedAt })),
    },
    now,
  );
}

const waitingView = (waiting: Waiting | null) =>
  waiting && {
    ...waiting,
    since: waiting.since.toISOString(),
    awaySince: waiting.awaySince?.toISOString() ?? null,
    agents: waiting.agents.map((agent) => ({
      ...agent,
      awaySince: agent.awaySince?.toISOString() ?? null,
    })),
    next: waiting.next && { ...waiting.next, at: waiting.next.at.toISOString() },
  };

function approvalView(approval: NonNullable<Detail['approval']>) {
  return {
    id: approval.id,
    state: approval.state as ApprovalState,
    mode: approval.mode as 'person' | 'policy',
    decidedByName: approval.decidedByName,
    decidedAt: approval.decidedAt?.toISOString() ?? null,
    comment: approval.comment,
    selfApproved: approval.selfApproved,
    /** One person decided alone: marked for ever. */
    breakGlass: approval.breakGlass,
    breakGlassReason: approval.breakGlassReason,
    breakGlassReviewedAt: approval.reviewedAt?.toISOString() ?? null,
    issuedBy: approval.issuedBy,
    expiresAt: approval.expiresAt.toISOString(),
    credentialExpiresAt: approval.credentialExpiresAt?.toISOString() ?? null,
  };
}

/** One agent: three facts kept apart, its own numbers, and what it said before. */
function partView(part: Detail['agents'][number], now: Date) {
  const { agent, attemptedPhase } = part;
  return {
    agentId: part.agentId,
    id: part.agentId,
    name: agent.name,
    status: agentStatus(agent, now),
    lastHeartbeatAt: agent.lastHeartbeatAt?.toISOString() ?? null,
    /** This agent's alone, by the same rule as the deployment's. */
    health: healthView([part], now),
    desired: part.desired
      ? { state: part.desired as DesiredState, at: part.desiredAt?.toISOString() ?? null }
      : null,
    attempted: attemptedPhase
      ? {
          phase: attemptedPhase as AttemptPhase,
          code: part.attemptedCode,
          message: part.attemptedMessage,
          tries: part.attemptedTries,
          nextTryAt: part.attemptedNextAt?.toISOString() ?? null,
          at: part.attemptedAt?.toISOString() ?? null,
        }
      : null,
    running: part.runningSince
      ? {
          since: part.runningSince.toISOString(),
          epoch: part.runningEpoch,
          reportedAt: part.runningReportedAt?.toISOString() ?? null,
        }
      : null,
    finishedAt: part.finishedAt?.toISOString() ?? null,
    activatedAt: part.activatedAt?.toISOString() ?? null,
    restarts: part.restarts,
    lastRestartAt: part.lastRestartAt?.toISOString() ?? null,
    failure: part.failureCode
      ? {
          code: part.failureCode,
          message: part.failureMessage ?? '',
          at: part.failedAt?.toISOString() ?? null,
        }
      : null,
    supersededAt: part.supersededAt?.toISOString() ?? null,
    lastWords: part.lastWords,
    history: part.reports.map(reportView),
    /** Reports that there are, shown here or not. */
    reports: part._count.reports,
  };
}
