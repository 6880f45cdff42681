import { decideApproval, decideApprovalInput } from '../approvals/decide-approval.ts';
import { getApproval, getApprovalInput } from '../approvals/get-approval.ts';
import { listInbox } from '../approvals/list-inbox.ts';
import { procedure, router } from './base.ts';

export const approvalsRouter = router({
  inbox: procedure.query(({ ctx }) => listInbox(ctx.services, ctx.caller)),
  get: procedure
    .input(getApprovalInput)
    .query(({ ctx, input }) => getApproval(ctx.services, ctx.caller, input)),
  decide: procedure
    .input(decideApprovalInput)
    .mutation(({ ctx, input }) => decideApproval(ctx.services, ctx.caller, input)),
});
