import { z } from 'zod';
import { notFound } from '../errors.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { takeRoles } from '../roles/write-roles.ts';
import { findMember } from './find-member.ts';
import { orgScope, projectScope } from '../scopes.ts';

/** Takes somebody's role away. What the person did stays in history under the name. */
export const removeMember = operation({
  kind: 'change',
  name: 'member.remove',
  input: z.object({
    orgId: id,
    /** Left out: from the organization and all of its projects. */
    projectId: id.optional(),
    userId: id,
  }),
  async thing({ db, caller, input }) {
    if (!input.projectId) return orgScope(db, caller, input.orgId);
    const scope = await projectScope(db, caller, input.projectId);
    if (scope.orgId !== input.orgId) throw notFound('project');
    return scope;
  },
  scope: (scope) => scope,
  needs: ({ input }) => (input.projectId ? 'ManageProject' : 'ManageOrgMemberships'),
  async run({ db, caller, input: { orgId, projectId, userId } }) {
    const member = await findMember(db, caller, orgId, userId);
    if ((await takeRoles(db, orgId, projectId ?? null, userId)) === 0) throw notFound('member');
    return { userId, name: member.name };
  },
  audit: ({ answer }) => ({ resource: { kind: 'user', id: answer.userId, name: answer.name } }),
  events: ({ answer }) => [{ type: 'member', id: answer.userId }],
});
