/** What people hear of approvals and deployments: called by their movers, and by whoever asks. */
import { isApproverRole, mayApprove } from '../domain/approvals/rules.ts';
import { peopleWith } from '../members/people.ts';
import type { Db } from '../providers/database.ts';
import { notify, stopWaiting, type Notice } from './notify.ts';

type Live = Parameters<typeof notify>[0];

interface Doer {
  kind: string;
  id: string | null;
}
const personOf = ({ kind, id }: Doer): string | null => (kind === 'user' ? id : null);

const named = {
  requestedBy: true,
  approvalMode: true,
  version: { select: { name: true, number: true } },
  environment: { select: { projectId: true, approverRoles: true, approverUsers: true } },
} as const;

/** Of an approval: whoever may say yes to it, but who asked. */
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
  const { projectId, approverRoles, approverUsers } = deployment.environment;
  const approvers = { roles: approverRoles.filter(isApproverRole), users: approverUsers };
  const operating = await peopleWith(db, { orgId, projectId }, 'OperateEnvironment');
  const deciding = operating.filter(({ id, role }) => mayApprove({ approvers }, id, role));
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
  actor: Doer,
  now: Date,
): Promise<void> {
  await stopWaiting(services, db, approval, now);
  const { orgId, environmentId, deploymentId } = approval;
  await tellRequester(
    services,
    db,
    { kind: 'approval_decided', orgId, environmentId, approvalId: approval.id },
    { deploymentId, actorId: personOf(actor) },
    now,
  );
}

/** Of a deployment that failed: who asked for it. */
export async function tellFailure(
  services: Live,
  db: Db,
  deployment: { id: string; orgId: string; environmentId: string },
  actor: Doer,
  now: Date,
): Promise<void> {
  const { id: deploymentId, orgId, environmentId } = deployment;
  const notice = { kind: 'deployment_failed', orgId, environmentId, deploymentId } as const;
  await tellRequester(services, db, notice, { deploymentId, actorId: personOf(actor) }, now);
}

/** Of a rollout that pauses on trouble: who asked, once for each time that it does. */
export async function tellPause(
  services: Live,
  db: Db,
  deployment: { id: string; orgId: string; environmentId: string },
  since: Date | null,
  now: Date,
): Promise<void> {
  const told = await db.notification.findFirst({
    where: {
      orgId: deployment.orgId,
      deploymentId: deployment.id,
      kind: 'deployment_paused',
      ...(since ? { createdAt: { gte: since } } : {}),
    },
    select: { id: true },
  });
  if (told) return;
  const { id: deploymentId, orgId, environmentId } = deployment;
  const notice = { kind: 'deployment_paused', orgId, environmentId, deploymentId } as const;
  await tellRequester(services, db, notice, { deploymentId, actorId: null }, now);
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
