import { z } from 'zod';
import type { Json } from '../domain/digests/canonical-json.ts';
import { permits } from '../domain/permissions/roles.ts';
import { id, integer } from '../inputs.ts';
import { operation } from '../operation.ts';
import { orgScope } from '../scopes.ts';

/** Audit records, newest first. Who has roles on some projects only sees those projects' records. */
export const listAudit = operation({
  kind: 'read',
  name: 'audit.list',
  input: z.object({
    orgId: id,
    environmentId: id.optional(),
    /** The `nextCursor` of the page before. */
    cursor: id.optional(),
    limit: integer(1, 200).default(50),
  }),
  thing: ({ db, caller, input }) => orgScope(db, caller, input.orgId),
  scope: (org) => org,
  needs: 'ViewOrg',
  async run({ db, caller, input, thing: scope }) {
    const memberships = caller.memberships.get(scope.orgId);
    const everything = memberships?.orgRole != null;
    const projectIds = [...(memberships?.projectRoles.keys() ?? [])].filter(
      (projectId) => memberships && permits(memberships, 'ViewProject', projectId),
    );
    const rows = await db.auditRecord.findMany({
      where: {
        orgId: scope.orgId,
        ...(everything ? {} : { projectId: { in: projectIds } }),
        ...(input.environmentId ? { environmentId: input.environmentId } : {}),
        ...(input.cursor ? { id: { lt: input.cursor } } : {}),
      },
      orderBy: { id: 'desc' },
      take: input.limit + 1,
    });
    const page = rows.slice(0, input.limit);
    const environments = await db.environment.findMany({
      where: {
        orgId: scope.orgId,
        id: { in: [...new Set(page.flatMap((row) => row.environmentId ?? []))] },
      },
      select: { id: true, name: true },
    });
    const environmentNames = new Map(environments.map((row) => [row.id, row.name]));
    return {
      records: page.map((row) => ({
        id: row.id,
        at: row.at.toISOString(),
        actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
        action: row.action,
        outcome: row.outcome as 'allowed' | 'denied' | 'succeeded' | 'failed',
        projectId: row.projectId,
        environment: row.environmentId
          ? { id: row.environmentId, name: environmentNames.get(row.environmentId) ?? null }
          : null,
        resource: { kind: row.resourceKind, id: row.resourceId, name: row.resourceName },
        detail: row.detail as { [key: string]: Json },
      })),
      nextCursor: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
    };
  },
});
