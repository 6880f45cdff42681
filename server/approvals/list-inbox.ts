import { z } from 'zod';
import { orgIdsOf, type Caller } from '../caller.ts';
import { comparisonOf } from '../deployment-state/comparison.ts';
import { brokenGlass } from '../domain/approvals/broken-glass.ts';
import { refuseDecision } from '../domain/approvals/machine.ts';
import { permits } from '../domain/permissions/roles.ts';
import { operation } from '../operation.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { changesBetween } from './changes.ts';
import { decisionFacts } from './decision-facts.ts';
import { personsOf } from './persons.ts';
import { reviewedBy } from './reviewed.ts';

const DECIDED_SHOWN = 50;

const include = {
  environment: {
    select: { id: true, name: true, posture: true, projectId: true, breakGlassAllowedBy: true },
  },
  deployment: {
    include: {
      version: true,
      bundle: { select: { createdBy: true, updatedBy: true } },
      agents: { select: { agentId: true, agent: { select: { id: true, name: true } } } },
    },
  },
} as const;

async function findRows(db: Db, caller: Caller) {
  const where = { orgId: { in: orgIdsOf(caller) }, mode: 'person' as const };
  const pending = await db.approval.findMany({
    where: { ...where, state: 'pending' },
    orderBy: { requestedAt: 'asc' },
    include,
  });
  const decided = await db.approval.findMany({
    where: { ...where, state: { not: 'pending' } },
    orderBy: { decidedAt: { sort: 'desc', nulls: 'last' } },
    take: DECIDED_SHOWN,
    include,
  });
  return [...pending, ...decided];
}
type Row = Awaited<ReturnType<typeof findRows>>[number];

/** Approvals that wait for a person, oldest first, then the last decided ones. */
export const listInbox = operation({
  kind: 'read',
  name: 'approval.inbox',
  input: z.void(),
  needs: 'session',
  async run({ services, db, caller, now }) {
    const visible = (await findRows(db, caller)).filter((row) => {
      const memberships = caller.memberships.get(row.orgId);
      return memberships && permits(memberships, 'ViewEnvironment', row.environment.projectId);
    });
    const persons = await personsOf(db, visible);
    const views = [];
    for (const row of visible) {
      const { requester, secondPerson } = persons(row);
      const { version } = row.deployment;
      const refusal = await decisionRefusal(services, db, caller, row, now);
      views.push({
        id: row.id,
        state: row.state,
        deploymentId: row.deploymentId,
        deploymentState: row.deployment.state,
        environment: {
          id: row.environment.id,
          name: row.environment.name,
          posture: row.environment.posture,
        },
        slot: row.deployment.slot,
        version: { id: version.id, number: version.number, name: version.name },
        agents: row.deployment.agents.map((one) => one.agent),
        comment: row.deployment.comment,
        capabilities: row.capabilities,
        requestedBy: requester,
        requestedAt: row.requestedAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
        decidedByName: row.decidedByName,
        decidedAt: row.decidedAt?.toISOString() ?? null,
        selfApproved: row.selfApproved,
        brokenGlass: brokenGlass(row),
        /** How far the two who asked and decided are two; null where one was enough, or is still to come. */
        secondPerson,
        own: row.requestedBy === caller.user.id,
        /** null: the caller may approve it; else the code of the reason. */
        refusal,
        compared: row.state === 'pending' ? await comparedWith(services, db, row) : null,
        reviewed:
          row.state === 'pending' ? await reviewedBy(db, version, row.environment.projectId) : null,
      });
    }
    return views;
  },
});

/** Why the caller can't approve it, as the decision itself would find. */
async function decisionRefusal(services: Services, db: Db, caller: Caller, row: Row, now: Date) {
  const memberships = caller.memberships.get(row.orgId);
  if (!memberships || !permits(memberships, 'OperateEnvironment', row.environment.projectId)) {
    return 'permission_denied' as const;
  }
  if (row.state !== 'pending') return 'approval_not_pending' as const;
  const { facts } = await decisionFacts(services, db, caller, row, now);
  return refuseDecision({
    ...facts,
    decision: 'approve',
    digest: row.digest,
    seenDigest: row.digest,
  });
}

/** What runs there now, and what would change; `changes` is null where nothing runs. */
async function comparedWith({ compiler }: Services, db: Db, { deployment }: Row) {
  const { running, onTheWay, goesBack } = await comparisonOf(db, deployment);
  return {
    running: running && { number: running.version.number },
    onTheWay: onTheWay.length,
    goesBack,
    changes: running && changesBetween(compiler, running.version, deployment.version),
    bundleChanged: running !== null && running.configDigest !== deployment.configDigest,
  };
}
