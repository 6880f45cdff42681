import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { hashToken, newToken } from '../ids/token.ts';
import { id } from '../inputs.ts';
import { grantOf, roleInput } from '../members/roles.ts';
import type { Services } from '../services.ts';

/** How long an invitation can be accepted, in days. */
export const INVITATION_DAYS = 7;

export const personName = z.string().trim().min(1, 'Give a name.').max(120);
export const personEmail = z.email('This is no e-mail address.').max(254).toLowerCase();

export const createInvitationInput = z.object({
  orgId: id,
  /** Needed for the roles project_admin and operator. */
  projectId: id.optional(),
  role: roleInput,
  name: personName,
  email: personEmail,
});

/** A one-time link for one person and role. This answer is the only place where it can be read. */
export async function createInvitation(
  services: Services,
  caller: Caller,
  input: z.infer<typeof createInvitationInput>,
) {
  const { database, clock, baseUrl, live } = services;
  const grant = await grantOf(database.client, caller, input.orgId, input.projectId, input.role);
  await authorize(services, caller, grant.permission, grant.scope, 'invitation.create');
  const now = clock.now();
  const token = newToken('invitation');
  const invitationId = uuidv7();
  const expiresAt = new Date(now.getTime() + INVITATION_DAYS * 24 * 60 * 60_000);
  await database.transact(async (db) => {
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
        createdAt: now,
        expiresAt,
      },
    });
    await recordAudit(db, now, {
      orgId: input.orgId,
      projectId: grant.projectId,
      actor: userActor(caller),
      action: 'invitation.create',
      outcome: 'succeeded',
      resource: { kind: 'invitation', id: invitationId, name: input.name },
      detail: { role: grant.role, email: input.email },
    });
    await live.publish(
      db,
      { type: 'member', id: invitationId, orgId: input.orgId, environmentId: null },
      now,
    );
  });
  return {
    invitationId,
    link: `${baseUrl}/invite/${token}`,
    expiresAt: expiresAt.toISOString(),
  };
}
