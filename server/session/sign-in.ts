import { z } from 'zod';
import {
  refuseSignInLink,
  type SessionMethod,
  type SignInLinkRefusal,
} from '../domain/identity/sessions.ts';
import { ByteorError } from '../errors.ts';
import { hashToken } from '../ids/token.ts';
import { text } from '../inputs.ts';
import { openOperation, type AuditOf } from '../operation.ts';
import { administeredBy, membershipsOf } from '../roles/memberships.ts';
import { openSession } from './open-session.ts';

const WORDS: Record<SignInLinkRefusal | 'sign_in_link_unknown', string> = {
  sign_in_link_unknown: 'This sign-in link is not known.',
  sign_in_link_used: 'This sign-in link was used already.',
  sign_in_link_expired: 'This sign-in link has expired: it works for an hour.',
  sign_in_link_ended:
    'This sign-in link ended: the server was started again and printed a new one.',
  sign_in_link_issuer_lost_right:
    'Whoever issued this sign-in link may not sign this person in any more.',
};
const HELP =
  'Ask an organization admin for a new link, or whoever runs the server: npm run -s admin -- sign-in-link ADDRESS.';

/** A record in each of the person's organizations. */
function entriesFor(signIn: {
  user: { id: string; name: string };
  method: SessionMethod;
  issuedBy: string | null;
  orgIds: readonly string[];
}): AuditOf[] {
  const { id, name } = signIn.user;
  return signIn.orgIds.map((orgId) => ({
    orgId,
    actor: { kind: 'user', id, name },
    resource: { kind: 'user', id, name },
    detail: { method: signIn.method, issued_by: signIn.issuedBy },
  }));
}

/** Trades the token of a one-time link for a session, in a cookie. */
export const signIn = openOperation({
  kind: 'change',
  name: 'session.sign_in',
  input: z.object({ token: text(200).min(1) }),
  async run({ services, db, input, now, call, afterCommit, ifRefused }) {
    const refuse = (code: keyof typeof WORDS) => {
      services.log.warn({ code }, 'a sign-in was refused');
      return new ByteorError(401, code, WORDS[code], { help: HELP });
    };
    const link = await db.signInLink.findUnique({
      where: { tokenHash: hashToken(input.token) },
      include: { user: true },
    });
    // Nobody knows whom an unknown link concerns: the log has it, and the metrics.
    if (!link) throw refuse('sign_in_link_unknown');
    const { user, method, shownTo, issuedBy } = link;
    const orgIds = [...(await membershipsOf(db, user.id)).keys()];
    // Whoever holds a spent link isn't shown to be the person.
    ifRefused(
      entriesFor({ user, method, issuedBy, orgIds }).map((entry) => ({
        ...entry,
        actor: { kind: 'system', id: null, name: 'Nobody' },
      })),
    );
    const issuer = issuedBy ? administeredBy(await membershipsOf(db, issuedBy)) : null;
    const issuerMay =
      issuer === null || (orgIds.length > 0 && orgIds.every((orgId) => issuer.includes(orgId)));
    const refusal = refuseSignInLink({ ...link, issuerMay }, now);
    if (refusal) throw refuse(refusal);
    const { count } = await db.signInLink.updateMany({
      where: { id: link.id, usedAt: null, endedAt: null },
      data: { usedAt: now },
    });
    if (count === 0) throw refuse('sign_in_link_used');
    const token = await openSession(db, { userId: user.id, method, shownTo, orgIds }, now);
    afterCommit(() => call.setCookies([services.identity.cookieFor(token)]));
    const { id, name, email } = user;
    return { user: { id, name, email }, method, issuedBy, orgIds };
  },
  audit: ({ answer }) => entriesFor(answer),
  events: () => [],
});
