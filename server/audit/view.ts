/** Audit records as the page sees them: with names in the place of ids. */
import type { Caller } from '../caller.ts';
import type { AuditRecord, Prisma } from '../db/generated/client.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import { permits } from '../domain/permissions/roles.ts';
import type { Db } from '../providers/database.ts';
import { namesIn, namesOfDetail } from './names.ts';

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
    where: { id: { in: rows.flatMap((row) => row.environmentId ?? []) } },
    select: { id: true, name: true },
  });
  const environmentNames = new Map(environments.map((row) => [row.id, row.name]));
  const names = await namesIn(db, rows);
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
      // What was named when it was recorded keeps that name; of these the record has the slot alone.
      name:
        (['deployment', 'approval'].includes(row.resourceKind)
          ? names.get(row.resourceId ?? '')
          : undefined) ?? row.resourceName,
    },
    /** As it was written; what its ids are called today stands beside it. */
    detail: row.detail as { [key: string]: Json },
    names: namesOfDetail(row.detail as Json, names),
  }));
}
