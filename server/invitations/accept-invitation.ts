import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { uuidv7 } from '../ids/uuid.ts';
import type { Role } from '../domain/permissions/roles.ts';
import { conflict } from '../errors.ts';
import { writeRole } from '../members/roles.ts';
import type { Services } from '../services.ts';
import { personName } from './create-invitation.ts';
import { findInvitation } from './find-invitation.ts';

export const acceptInvitationInput = z.object({
  token: z.string().min(1).max(200),
  /** The name to go by; the invitation's when left out. */
  name: personName.optional(),
});

/**
 * Accepts an invitation: an account for its address if there is none, the role, and a session. The
 * address is the invitation's own; a link for one person can't make an account for another.
 */
export async function acceptInvitation(
  services: Services,
  headers: Headers,
  input: z.infer<typeof acceptInvitationInput>,
) {
  const { database, clock, identity, live } = services;
  const now = clock.now();
  const email = await database.transact(async (db) => {
    const invitation = await findInvitation(db, input.token, now);
    const name = input.name ?? invitation.name;
    const known = await db.user.findUnique({ where: { email: invitation.email } });
    const user =
      known ??
      (await db.user.create({
        data: {
          id: uuidv7(),
          name,
          email: invitation.email,
          emailVerified: true,
          createdAt: now,
          updatedAt: now,
        },
      }));
    const { count } = await db.invitation.updateMany({
      where: { id: invitation.id, orgId: invitation.orgId, acceptedAt: null, revokedAt: null },
      data: { acceptedAt: now, acceptedBy: user.id },
    });
    if (count === 0) throw conflict('invitation_used', 'This invitation was used already.');
    await writeRole(
      db,
      invitation.orgId,
      invitation.projectId,
      user.id,
      invitation.role as Role,
      now,
    );
    await recordAudit(db, now, {
      orgId: invitation.orgId,
      projectId: invitation.projectId,
      actor: { kind: 'user', id: user.id, name: user.name },
      action: 'invitation.accept',
      outcome: 'succeeded',
      resource: { kind: 'invitation', id: invitation.id, name: invitation.name },
      detail: { role: invitation.role, new_account: known === null },
    });
    await live.publish(
      db,
      { type: 'member', id: user.id, orgId: invitation.orgId, environmentId: null },
      now,
    );
    return invitation.email;
  });
  const signedIn = await identity.signIn(await identity.issueSignInToken(email), headers);
  if (!signedIn) throw new Error('a fresh sign-in token was refused');
  return signedIn;
}
