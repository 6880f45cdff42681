import { z } from 'zod';
import { orgIdsOf } from '../caller.ts';
import { permits } from '../domain/permissions/roles.ts';
import { operation } from '../operation.ts';
import { personsOf } from './persons.ts';

const DECIDED_SHOWN = 50;

/** Approvals that wait for a person, oldest first, then the last decided ones. */
export const listInbox = operation({
  kind: 'read',
  name: 'approval.inbox',
  input: z.void(),
  needs: 'session',
  async run({ db, caller, now }) {
    const include = {
      environment: {
        select: { id: true, name: true, posture: true, projectId: true, selfApproval: true },
      },
      deployment: {
        select: {
          slot: true,
          comment: true,
          state: true,
          version: { select: { id: true, number: true, name: true } },
          agents: { select: { agent: { select: { id: true, name: true } } } },
        },
      },
    } as const;
    const orgId = { in: orgIdsOf(caller) };
    const pending = await db.approval.findMany({
      where: { orgId, state: 'pending', mode: 'person' },
      orderBy: { requestedAt: 'asc' },
      include,
    });
    const decided = await db.approval.findMany({
      where: { orgId, state: { not: 'pending' }, mode: 'person' },
      orderBy: { decidedAt: { sort: 'desc', nulls: 'last' } },
      take: DECIDED_SHOWN,
      include,
    });
    const visible = [...pending, ...decided].filter((row) => {
      const memberships = caller.memberships.get(row.orgId);
      return memberships && permits(memberships, 'ViewEnvironment', row.environment.projectId);
    });
    const persons = await personsOf(db, visible);
    return visible.map((row) => {
      const memberships = caller.memberships.get(row.orgId);
      const operates = memberships
        ? permits(memberships, 'OperateEnvironment', row.environment.projectId)
        : false;
      const own = row.requestedBy === caller.user.id;
      const mayDecide = operates && row.state === 'pending' && row.expiresAt > now;
      const { requester, secondPerson } = persons(row);
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
        version: row.deployment.version,
        agents: row.deployment.agents.map((one) => one.agent),
        comment: row.deployment.comment,
        capabilities: row.capabilities,
        requestedBy: requester,
        requestedAt: row.requestedAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
        decidedByName: row.decidedByName,
        decidedAt: row.decidedAt?.toISOString() ?? null,
        selfApproved: row.selfApproved,
        /** How far the two who asked and decided are two; null where one was enough, or is still to come. */
        secondPerson,
        own,
        mayDecide,
        mayApprove: mayDecide && (!own || row.environment.selfApproval),
      };
    });
  },
});
