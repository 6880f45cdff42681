import { z } from 'zod';
import { id, integer } from '../inputs.ts';
import { operation } from '../operation.ts';
import { orgScope } from '../scopes.ts';
import { recordViews, visibleRecords } from './view.ts';

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
    const rows = await db.auditRecord.findMany({
      where: {
        ...visibleRecords(caller, scope.orgId),
        ...(input.environmentId ? { environmentId: input.environmentId } : {}),
        ...(input.cursor ? { id: { lt: input.cursor } } : {}),
      },
      orderBy: { id: 'desc' },
      take: input.limit + 1,
    });
    const page = rows.slice(0, input.limit);
    return {
      records: await recordViews(db, page),
      nextCursor: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
    };
  },
});
