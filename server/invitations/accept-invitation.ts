import { z } from 'zod';
import { permits, type Role } from '../domain/permissions/roles.ts';
import { ByteorError, conflict } from '../errors.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { name, text } from '../inputs.ts';
import { permissionToGive } from '../members/grant-of.ts';
import { refuseTakenName } from '../members/refuse-taken-name.ts';
import { openOperation, type AuditOf } from '../operation.ts';
import type { Db } from '../providers/database.ts';
import { membershipsOf } from '../roles/memberships.ts';
import { raiseRole, type RolePlace } from '../roles/write-roles.ts';
import { openSession } from '../session/open-session.ts';
import { reachFurther } from '../session/reach.ts';
import { findInvitation } from './find-invitation.ts';

type Invitation = Awaited<ReturnType<typeof findInvitation>>;

/** An invitation is worth what its maker may give today. */
async function refuseLostRight(db: Db, invitation: Invitation): Promise<void> {
  const { orgId, projectId, createdBy } = invitation;
  const inviter = (await membershipsOf(db, createdBy)).get(orgId);
  const needed = await permissionToGive(db, orgId, projectId, invitation.role as Role);
  if (inviter && permits(inviter, needed, projectId)) return;
  throw conflict('invitation_inviter_lost_right', 'Who invited you may not do so any more.', {
    help: 'Ask an organization admin for a new invitation.',
  });
}

function placeOf({ orgId, projectId, role }: Invitation, userId: string): RolePlace {
  return { orgId, projectId, role, userId } as RolePlace;
}

/**
 * Accepts an invitation. It grants a role, never a session of an account that exists: who has one has
 * to be signed in with it. For an address that nobody has it makes the account and its first session,
 * which bears that the inviter was shown its link.
 */
export const acceptInvitation = openOperation({
  kind: 'change',
  name: 'invitation.accept',
  input: z.object({
    token: text(200).min(1),
    /** The name of a new account; the invitation's when left out. */
    name: name().optional(),
  }),
  async run({ services, db, caller, input, now, call, afterCommit, ifRefused }) {
    const invitation = await findInvitation(db, input.token, now);
    const { orgId, projectId, email, shownTo } = invitation;
    ifRefused([
      {
        orgId,
        projectId,
        actor: caller
          ? { kind: 'user', id: caller.user.id, name: caller.user.name }
          : { kind: 'system', id: null, name: 'Nobody' },
        resource: { kind: 'invitation', id: invitation.id, name: invitation.name },
      },
    ]);
    await refuseLostRight(db, invitation);
    const known = await db.user.findUnique({ where: { email } });
    if (known && !caller) {
      throw new ByteorError(401, 'invitation_needs_sign_in', `${email} has an account here.`, {
        help: 'Sign in as that person, then open the invitation again.',
      });
    }
    if (caller && caller.user.id !== known?.id) {
      throw new ByteorError(
        403,
        'invitation_for_another',
        `The invitation is for ${email}, and you are signed in as ${caller.user.email}.`,
        { help: 'Sign out first, or hand the link to the person whom it is for.' },
      );
    }
    const ownName = input.name ?? invitation.name;
    if (!known) await refuseTakenName(db, orgId, ownName);
    const user =
      known ??
      (await db.user.create({
        data: {
          id: uuidv7(),
          name: ownName,
          email,
          letInBy: invitation.createdBy,
          createdAt: now,
          updatedAt: now,
        },
      }));
    const { count } = await db.invitation.updateMany({
      where: { id: invitation.id, orgId, acceptedAt: null, revokedAt: null },
      data: { acceptedAt: now, acceptedBy: user.id },
    });
    if (count === 0) throw conflict('invitation_used', 'This invitation was used already.');
    const role = await raiseRole(db, placeOf(invitation, user.id), now);
    if (caller) {
      // Who holds this session held the invitation too, so it reaches there; no other one does.
      await reachFurther(db, caller.user.session, orgId);
    } else {
      const opened = { userId: user.id, method: 'invitation', shownTo, orgIds: [orgId] } as const;
      const token = await openSession(db, opened, now);
      afterCommit(() => call.setCookies([services.identity.cookieFor(token)]));
    }
    return {
      user: { id: user.id, name: user.name, email },
      orgId,
      projectId,
      invitation: { id: invitation.id, name: invitation.name, role: invitation.role as Role },
      /** The role that counts there now: a higher one stays. */
      role,
      newAccount: known === null,
    };
  },
  audit: ({ answer }) => {
    const { user, orgId, projectId, invitation } = answer;
    const actor = { kind: 'user', id: user.id, name: user.name } as const;
    const accepted: AuditOf = {
      orgId,
      projectId,
      actor,
      resource: { kind: 'invitation', id: invitation.id, name: invitation.name },
      detail: { role: invitation.role, new_account: answer.newAccount },
    };
    if (!answer.newAccount) return [accepted];
    const opened: AuditOf = {
      orgId,
      actor,
      action: 'session.sign_in',
      resource: actor,
      detail: { method: 'invitation' },
    };
    return [accepted, opened];
  },
  events: ({ answer }) => [{ type: 'member', id: answer.user.id, orgId: answer.orgId }],
});
