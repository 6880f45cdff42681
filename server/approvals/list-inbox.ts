import { z } from 'zod';
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { comparisonsOf } from '../deployment-state/comparison.ts';
import { brokenGlass } from '../domain/approvals/broken-glass.ts';
import { refuseReview } from '../domain/approvals/machine.ts';
import { permits } from '../domain/permissions/roles.ts';
import { operation } from '../operation.ts';
import type { Db } from '../providers/database.ts';
import { changesBetween } from './changes.ts';
import { personsOf, presenceOf, reviewFactsOf } from './persons.ts';
import { reviewedBy } from './reviewed.ts';
import { inboxParts, refusalsFor } from './waits-for.ts';

const DECIDED_SHOWN = 50;

async function findRows(db: Db, caller: Caller) {
  const where = { orgId: { in: orgIdsOf(caller) }, mode: 'person' as const };
  const pending = await db.approval.findMany({
    where: { ...where, state: 'pending' },
    orderBy: { requestedAt: 'asc' },
    include: inboxParts,
  });
  const decided = await db.approval.findMany({
    where: { ...where, state: { not: 'pending' } },
    orderBy: { decidedAt: { sort: 'desc', nulls: 'last' } },
    take: DECIDED_SHOWN,
    include: inboxParts,
  });
  const visible = ({ orgId, environment }: (typeof pending)[number]) =>
    sees(caller, { orgId, projectId: environment.projectId });
  return { pending: pending.filter(visible), decided: decided.filter(visible) };
}

/**
 * Approvals that wait for a person, oldest first, then the last decided ones. However many there are, it
 * asks the database the same number of times.
 */
export const listInbox = operation({
  kind: 'read',
  name: 'approval.inbox',
  input: z.void(),
  needs: 'session',
  async run({ services, db, caller, now }) {
    const { pending, decided } = await findRows(db, caller);
    const rows = [...pending, ...decided];
    const persons = await personsOf(db, rows);
    const whyNot = await refusalsFor(services, db, caller, pending, now);
    const comparedWith = await comparisonsOf(
      db,
      pending.map(({ deployment }) => deployment),
    );
    const reviewed = await reviewedBy(db, pending);
    /** What runs there now, and what would change; `changes` is null where nothing runs. */
    const compared = ({ deployment }: (typeof rows)[number]) => {
      const { running, onTheWay, goesBack } = comparedWith(deployment);
      return {
        running: running && { number: running.version.number },
        onTheWay: onTheWay.length,
        goesBack,
        changes: running && changesBetween(services.compiler, running.version, deployment.version),
        bundleChanged: running !== null && running.configDigest !== deployment.configDigest,
      };
    };
    const mayReview = (row: (typeof rows)[number]) => {
      const memberships = caller.memberships.get(row.orgId);
      const { projectId } = row.environment;
      if (!memberships || !permits(memberships, 'OperateEnvironment', projectId)) return false;
      const facts = reviewFactsOf(row, row.environment, services.config);
      return refuseReview({ ...facts, reviewer: presenceOf(caller.user) }) === null;
    };
    return rows.map((row) => {
      const { requester, secondPerson } = persons(row);
      const { version } = row.deployment;
      const waits = row.state === 'pending';
      return {
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
        /** One person decided it alone, and the caller may say whether that was justified. */
        mayReview: mayReview(row),
        /** How far the two who asked and decided are two; null where one was enough, or is still to come. */
        secondPerson,
        own: row.requestedBy === caller.user.id,
        /** null: the caller may approve it; else the code of the reason. */
        refusal: whyNot(row),
        compared: waits ? compared(row) : null,
        reviewed: waits ? reviewed(row) : null,
      };
    });
  },
});
