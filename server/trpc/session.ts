import { signIn, signInInput } from '../session/sign-in.ts';
import { publicProcedure, router } from './base.ts';

export const sessionRouter = router({
  get: publicProcedure.query(({ ctx }) => ({
    user: ctx.user,
    compilerVersion: ctx.services.compiler.version,
  })),
  /** Trades the token of a one-time link for a cookie session. */
  signIn: publicProcedure.input(signInInput).mutation(async ({ ctx, input }) => {
    const { user, cookies } = await signIn(ctx.services, ctx.headers, input);
    ctx.setCookies(cookies);
    return { user };
  }),
  signOut: publicProcedure.mutation(async ({ ctx }) => {
    ctx.setCookies(await ctx.services.identity.signOut(ctx.headers));
    return {};
  }),
});
