import { acceptInvitation, acceptInvitationInput } from '../invitations/accept-invitation.ts';
import { createInvitation, createInvitationInput } from '../invitations/create-invitation.ts';
import { listInvitations, listInvitationsInput } from '../invitations/list-invitations.ts';
import { peekInvitation, peekInvitationInput } from '../invitations/peek-invitation.ts';
import { revokeInvitation, revokeInvitationInput } from '../invitations/revoke-invitation.ts';
import { changeRole, changeRoleInput } from '../members/change-role.ts';
import { listMembers, listMembersInput } from '../members/list-members.ts';
import { removeMember, removeMemberInput } from '../members/remove-member.ts';
import { procedure, publicProcedure, router } from './base.ts';

export const membersRouter = router({
  list: procedure
    .input(listMembersInput)
    .query(({ ctx, input }) => listMembers(ctx.services, ctx.caller, input)),
  remove: procedure
    .input(removeMemberInput)
    .mutation(({ ctx, input }) => removeMember(ctx.services, ctx.caller, input)),
  changeRole: procedure
    .input(changeRoleInput)
    .mutation(({ ctx, input }) => changeRole(ctx.services, ctx.caller, input)),
});

export const invitationsRouter = router({
  create: procedure
    .input(createInvitationInput)
    .mutation(({ ctx, input }) => createInvitation(ctx.services, ctx.caller, input)),
  list: procedure
    .input(listInvitationsInput)
    .query(({ ctx, input }) => listInvitations(ctx.services, ctx.caller, input)),
  revoke: procedure
    .input(revokeInvitationInput)
    .mutation(({ ctx, input }) => revokeInvitation(ctx.services, ctx.caller, input)),
  /** What the link is for; needs the link, no session. */
  peek: publicProcedure
    .input(peekInvitationInput)
    .query(({ ctx, input }) => peekInvitation(ctx.services, input)),
  /** Signs the person in. */
  accept: publicProcedure.input(acceptInvitationInput).mutation(async ({ ctx, input }) => {
    const { user, cookies } = await acceptInvitation(ctx.services, ctx.headers, input);
    ctx.setCookies(cookies);
    return { user };
  }),
});
