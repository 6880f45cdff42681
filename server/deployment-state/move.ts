/** Moves a deployment from state to state: the rule decides, the row is compared and set, history is kept. */
import { recordAudit, type Actor } from '../audit/record.ts';
import {
  deploymentAfter,
  type DeploymentEvent,
  type DeploymentState,
} from '../domain/deployments/machine.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { conflict } from '../errors.ts';
import type { Prisma } from '../db/generated/client.ts';
import { tellFailure } from '../notifications/of-deployments.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';

export interface DeploymentRef {
  id: string;
  orgId: string;
  environmentId: string;
  slot: string;
  epoch: number | null;
  state: string;
  environment: { projectId: string };
}

export interface Move {
  event: DeploymentEvent;
  actor: Actor;
  code?: string;
  reason?: string;
  /** Columns that change along with the state. */
  set?: Prisma.DeploymentUncheckedUpdateManyInput;
}

/** Returns the new state, or throws `deployment_state_changed` when the event doesn't fit (any more). */
export async function moveDeployment(
  services: Services,
  db: Db,
  deployment: DeploymentRef,
  move: Move,
  now: Date,
): Promise<DeploymentState> {
  const from = deployment.state as DeploymentState;
  const to = deploymentAfter(from, move.event);
  const { count } =
    to === null
      ? { count: 0 }
      : await db.deployment.updateMany({
          where: { id: deployment.id, orgId: deployment.orgId, state: from },
          data: { ...move.set, state: to },
        });
  if (to === null || count === 0) {
    throw conflict('deployment_state_changed', `The deployment is ${from}; this doesn't fit it.`, {
      help: 'Look at the deployment again: something happened in between.',
      args: { state: from, event: move.event },
    });
  }
  await db.deploymentTransition.create({
    data: {
      id: uuidv7(),
      orgId: deployment.orgId,
      deploymentId: deployment.id,
      from,
      to,
      at: now,
      actorKind: move.actor.kind,
      actorId: move.actor.id,
      actorName: move.actor.name,
      code: move.code ?? null,
      reason: move.reason ?? null,
    },
  });
  await recordAudit(db, now, {
    orgId: deployment.orgId,
    projectId: deployment.environment.projectId,
    environmentId: deployment.environmentId,
    actor: move.actor,
    action: `deployment.${move.event}`,
    outcome: to === 'failed' || to === 'denied' ? to : 'succeeded',
    resource: { kind: 'deployment', id: deployment.id, name: deployment.slot },
    detail: {
      from,
      to,
      ...(move.code ? { code: move.code } : {}),
      ...(move.reason ? { reason: move.reason } : {}),
    },
  });
  await services.live.publish(
    db,
    {
      type: 'deployment',
      id: deployment.id,
      orgId: deployment.orgId,
      environmentId: deployment.environmentId,
    },
    now,
  );
  if (to === 'failed') await tellFailure(services, db, deployment, move.actor, now);
  return to;
}
