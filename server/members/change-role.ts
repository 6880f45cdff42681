import { z } from 'zod';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { setRole } from '../roles/write-roles.ts';
import { findMember } from './find-member.ts';
import { grantOf, roleInput } from './grant-of.ts';

/** Gives somebody who belongs to the organization another role. */
export const changeRole = operation({
  kind: 'change',
  name: 'member.change_role',
  input: z.object({
    orgId: id,
    /** Left out: the role in the organization. */
    projectId: id.optional(),
    userId: id,
    role: roleInput,
  }),
  thing: ({ db, caller, input }) => grantOf(db, caller, input),
  scope: (grant) => grant.scope,
  needs: ({ thing: grant }) => grant.permission,
  async run({ db, caller, input, thing: grant, now }) {
    const { orgId, userId } = input;
    const member = await findMember(db, caller, orgId, userId);
    await setRole(db, { ...grant, userId }, now);
    return { userId, name: member.name };
  },
  audit: ({ thing: grant, answer }) => ({
    resource: { kind: 'user', id: answer.userId, name: answer.name },
    detail: { role: grant.role },
  }),
  events: ({ answer }) => [{ type: 'member', id: answer.userId }],
});
