import { z } from 'zod';
import { shownToThrough } from '../domain/identity/sessions.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { hashToken, newToken } from '../ids/token.ts';
import { id, name, personEmail } from '../inputs.ts';
import { grantOf, roleInput } from '../members/grant-of.ts';
import { operation } from '../operation.ts';

/** How long an invitation can be accepted, in days. */
const INVITATION_DAYS = 7;

/** A one-time link for one person and role. This answer is the only place where it can be read. */
export const createInvitation = operation({
  kind: 'change',
  name: 'invitation.create',
  input: z.object({
    orgId: id,
    /** Needed for the roles project_admin and operator. */
    projectId: id.optional(),
    role: roleInput,
    name: name(),
    email: personEmail,
  }),
  thing: ({ db, caller, input }) => grantOf(db, caller, input),
  scope: (grant) => grant.scope,
  needs: ({ thing: grant }) => grant.permission,
  async run({ services, db, caller, input, thing: grant, now }) {
    const token = newToken('invitation');
    const invitationId = uuidv7();
    const expiresAt = new Date(now.getTime() + INVITATION_DAYS * 24 * 60 * 60_000);
    await db.invitation.create({
      data: {
        id: invitationId,
        orgId: input.orgId,
        projectId: grant.projectId,
        role: grant.role,
        email: input.email,
        name: input.name,
        tokenHash: hashToken(token),
        createdBy: caller.user.id,
        shownTo: shownToThrough({ userId: caller.user.id, origin: caller.user.session }),
        createdAt: now,
        expiresAt,
      },
    });
    return {
      invitationId,
      link: `${services.baseUrl}/invite#${token}`,
      expiresAt: expiresAt.toISOString(),
    };
  },
  audit: ({ input, thing: grant, answer }) => ({
    resource: { kind: 'invitation', id: answer.invitationId, name: input.name },
    detail: { role: grant.role, email: input.email },
  }),
  events: ({ answer }) => [{ type: 'member', id: answer.invitationId }],
});
