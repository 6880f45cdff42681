import { decommissionAgent, decommissionAgentInput } from '../agents/decommission-agent.ts';
import { getAgent, getAgentInput } from '../agents/get-agent.ts';
import { listAgents, listAgentsInput } from '../agents/list-agents.ts';
import { createToken, createTokenInput } from '../enrollment-tokens/create-token.ts';
import { listTokens, listTokensInput } from '../enrollment-tokens/list-tokens.ts';
import { revokeToken, revokeTokenInput } from '../enrollment-tokens/revoke-token.ts';
import { procedure, router } from './base.ts';

export const agentsRouter = router({
  list: procedure
    .input(listAgentsInput)
    .query(({ ctx, input }) => listAgents(ctx.services, ctx.caller, input)),
  get: procedure
    .input(getAgentInput)
    .query(({ ctx, input }) => getAgent(ctx.services, ctx.caller, input)),
  decommission: procedure
    .input(decommissionAgentInput)
    .mutation(({ ctx, input }) => decommissionAgent(ctx.services, ctx.caller, input)),
});

export const enrollmentTokensRouter = router({
  create: procedure
    .input(createTokenInput)
    .mutation(({ ctx, input }) => createToken(ctx.services, ctx.caller, input)),
  list: procedure
    .input(listTokensInput)
    .query(({ ctx, input }) => listTokens(ctx.services, ctx.caller, input)),
  revoke: procedure
    .input(revokeTokenInput)
    .mutation(({ ctx, input }) => revokeToken(ctx.services, ctx.caller, input)),
});
