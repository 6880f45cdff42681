import { z } from 'zod';
import type { Role } from '../domain/permissions/roles.ts';
import { text } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { openOperation } from '../operation.ts';
import { findInvitation } from './find-invitation.ts';

/** What an invitation is for, shown to whoever holds its link, before accepting. */
export const peekInvitation = openOperation({
  kind: 'read',
  name: 'invitation.peek',
  input: z.object({ token: text(200).min(1) }),
  async run({ db, caller, input, now }) {
    const row = await findInvitation(db, input.token, now);
    const names = await namesOf(db, [row.createdBy]);
    const known = await db.user.findUnique({ where: { email: row.email }, select: { id: true } });
    return {
      orgName: row.org.name,
      projectName: row.project?.name ?? null,
      role: row.role as Role,
      name: row.name,
      email: row.email,
      invitedBy: names(row.createdBy).name,
      expiresAt: row.expiresAt.toISOString(),
      /** Whether it makes an account; one that exists has to be signed in. */
      newAccount: known === null,
      signedInAs: caller ? { name: caller.user.name, email: caller.user.email } : null,
    };
  },
});
