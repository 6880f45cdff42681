import { z } from 'zod';
import { id, name } from '../inputs.ts';
import { operation } from '../operation.ts';
import { orgScope } from '../scopes.ts';

export const renameOrg = operation({
  kind: 'change',
  name: 'organization.rename',
  input: z.object({ orgId: id, name: name() }),
  thing: ({ db, caller, input }) => orgScope(db, caller, input.orgId),
  scope: (org) => org,
  needs: 'ManageOrgMemberships',
  async run({ db, input, thing: org }) {
    await db.organization.update({ where: { id: org.id }, data: { name: input.name } });
    return { name: input.name };
  },
  audit: ({ input, thing: org }) => ({
    resource: { kind: 'organization', id: org.id, name: input.name },
    detail: { before: org.name ?? '' },
  }),
  events: ({ thing: org }) => [{ type: 'workspace', id: org.id }],
});
