import { z } from 'zod';
import { orgIdsOf } from '../caller.ts';
import { openOperation } from '../operation.ts';

/** Ends the session, here and wherever else its token is held. Its live streams end with it. */
export const signOut = openOperation({
  kind: 'change',
  name: 'session.sign_out',
  input: z.void(),
  async run({ services, db, caller, call, afterCommit }) {
    if (caller) await db.session.deleteMany({ where: { id: caller.user.session.id } });
    afterCommit(() => call.setCookies([services.identity.endOfCookie()]));
    return {};
  },
  audit: ({ caller }) =>
    (caller ? orgIdsOf(caller) : []).map((orgId) => ({
      orgId,
      resource: { kind: 'user', id: caller?.user.id ?? null, name: caller?.user.name ?? null },
    })),
  events: () => [],
});
