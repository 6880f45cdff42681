/** What people hear of approvals and deployments: called by their movers, and by whoever asks. */
import { peopleWith } from '../members/people.ts';
import { isNamed } from '../domain/approvals/rules.ts';
import type { Db } from '../providers/database.ts';
import { rolesIn } from '../roles/memberships.ts';
import { notify, stopWaiting, type Notice } from './notify.ts';

type Live = Parameters<typeof notify>[0];

const named = {
  requestedBy: true,
  approvalMode: true,
  version: { select: { name: true, number: true } },
  environment: { select: { projectId: true, approverRoles: true, approverUsers: true } },
} as const;

/** Of an approval: everybody who may decide, but whoever asked and may not decide on that. */
export async function tellWhoDecides(
  services: Live,
  db: Db,
  approval: { id: string; orgId: string; environmentId: string; deploymentId: string },
  now: Date,
): Promise<void> {
  const { orgId, environmentId } = approval;
  const deployment = await db.deployment.findFirstOrThrow({
    where: { id: approval.deploymentId, orgId },
    select: named,
  });
  if (deployment.approvalMode !== 'person') return;
  const { projectId, approverRoles: roles, approverUsers: users } = deployment.environment;
  const place = { orgId, projectId };
  const people = await peopleWith(db, place, 'OperateEnvironment');
  const roleOf = await rolesIn(
    db,
    place,
    people.map(({ id }) => id),
  );
  const deciding = people.filter(({ id }) => isNamed({ roles, users }, id, roleOf(id)));
  await notify(
    services,
    db,
    {
      kind: 'approval_waits',
      orgId,
      environmentId,
      subject: subjectOf(deployment),
      actorId: deployment.requestedBy,
      approvalId: approval.id,
    },
    deciding.map(({ id }) => id),
    now,
  );
}

/** Of a decision, or that nobody decided in time: who asked. It waits for nobody any more. */
export async function tellDecision(
  services: Live,
  db: Db,
  approval: { id: string; orgId: string; environmentId: string; deploymentId: string },
  actor: { kind: string; id: string | null },
  now: Date,
): Promise<void> {
  await stopWaiting(services, db, approval, now);
  const { orgId, environmentId, deploymentId } = approval;
  await tellRequester(
    services,
    db,
    { kind: 'approval_decided', orgId, environmentId, approvalId: approval.id },
    { deploymentId, actorId: actor.kind === 'user' ? actor.id : null },
    now,
  );
}

/** Of a deployment that failed or is paused: who asked for it. */
export async function tellTrouble(
  services: Live,
  db: Db,
  kind: 'deployment_failed' | 'deployment_paused',
  deployment: { id: string; orgId: string; environmentId: string },
  now: Date,
): Promise<void> {
  const { id: deploymentId, orgId, environmentId } = deployment;
  await tellRequester(
    services,
    db,
    { kind, orgId, environmentId, deploymentId },
    { deploymentId, actorId: null },
    now,
  );
}

async function tellRequester(
  services: Live,
  db: Db,
  notice: Omit<Notice, 'subject' | 'actorId'>,
  { deploymentId, actorId }: { deploymentId: string; actorId: string | null },
  now: Date,
): Promise<void> {
  const deployment = await db.deployment.findFirstOrThrow({
    where: { id: deploymentId, orgId: notice.orgId },
    select: named,
  });
  // What policy approves nobody waited for.
  if (notice.kind === 'approval_decided' && deployment.approvalMode !== 'person') return;
  const subject = subjectOf(deployment);
  await notify(services, db, { ...notice, subject, actorId }, [deployment.requestedBy], now);
}

const subjectOf = ({ version }: { version: { name: string; number: number } }): string =>
  `${version.name} v${version.number}`;
