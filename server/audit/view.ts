/** Audit records as the page sees them: with names in the place of ids. */
import type { Caller } from '../caller.ts';
import type { AuditRecord, Prisma } from '../db/generated/client.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import { permits } from '../domain/permissions/roles.ts';
import type { Db } from '../providers/database.ts';

/** Records of an organization that the caller may see: of single projects without a role at it. */
export function visibleRecords(caller: Caller, orgId: string): Prisma.AuditRecordWhereInput {
  const memberships = caller.memberships.get(orgId);
  if (memberships?.orgRole != null) return { orgId };
  const projectIds = [...(memberships?.projectRoles.keys() ?? [])].filter(
    (projectId) => memberships && permits(memberships, 'ViewProject', projectId),
  );
  return { orgId, projectId: { in: projectIds } };
}

export async function recordViews(db: Db, rows: readonly AuditRecord[]) {
  const environments = await db.environment.findMany({
    where: { id: { in: unique(rows.map((row) => row.environmentId)) } },
    select: { id: true, name: true },
  });
  const environmentNames = new Map(environments.map((row) => [row.id, row.name]));
  const deploymentName = await deploymentNames(db, rows);
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toISOString(),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    action: row.action,
    outcome: row.outcome as 'allowed' | 'denied' | 'succeeded' | 'failed',
    projectId: row.projectId,
    environment: row.environmentId
      ? { id: row.environmentId, name: environmentNames.get(row.environmentId) ?? null }
      : null,
    resource: {
      kind: row.resourceKind,
      id: row.resourceId,
      name: deploymentName(row.resourceId) ?? row.resourceName,
    },
    detail: row.detail as { [key: string]: Json },
  }));
}

/** What deployments and approvals are called: slot and version, for a slot alone is many deployments. */
async function deploymentNames(db: Db, rows: readonly AuditRecord[]) {
  const idsOf = (kind: string) =>
    unique(rows.map((row) => (row.resourceKind === kind ? row.resourceId : null)));
  const select = { id: true, slot: true, version: { select: { number: true } } } as const;
  const deployments = await db.deployment.findMany({
    where: { id: { in: idsOf('deployment') } },
    select,
  });
  const approvals = await db.approval.findMany({
    where: { id: { in: idsOf('approval') } },
    select: { id: true, deployment: { select } },
  });
  const names = new Map(
    [...deployments, ...approvals.map(({ id, deployment }) => ({ ...deployment, id }))].map(
      ({ id, slot, version }) => [id, `${slot} v${version.number}`],
    ),
  );
  return (id: string | null) => names.get(id ?? '');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Records outlive what they speak of, and some speak of what has no row: only ids are looked up. */
const unique = (ids: readonly (string | null)[]): string[] => [
  ...new Set(ids.filter((id) => id !== null && UUID.test(id)) as string[]),
];
