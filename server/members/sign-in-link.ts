import { z } from 'zod';
import { refuseToIssue, shownToThrough, type IssueRefusal } from '../domain/identity/sessions.ts';
import { ByteorError, notFound } from '../errors.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { administeredBy, membershipsOf } from '../roles/memberships.ts';
import { issueSignInLink } from '../session/sign-in-links.ts';
import { orgScope } from '../scopes.ts';

const REFUSALS: Record<IssueRefusal, [message: string, help: string]> = {
  sign_in_link_own: [
    'You are signed in already.',
    'For another browser, have a link issued on the host: npm run -s admin -- sign-in-link ADDRESS.',
  ],
  sign_in_link_not_admin: [
    'Only an organization admin issues sign-in links.',
    'Ask an organization admin, or whoever runs the server.',
  ],
  sign_in_link_elsewhere: [
    'This person belongs to an organization that you don’t administer, which the link would open too.',
    'Have a link issued on the host: npm run -s admin -- sign-in-link ADDRESS.',
  ],
};

/**
 * A way back in for a member whose session ended. The admin sees the link, so its session bears that
 * for its whole life: it decides nothing in `prod` that the admin asked for or wrote.
 */
export const issueMemberSignInLink = operation({
  kind: 'change',
  name: 'sign_in_link.issue',
  input: z.object({ orgId: id, userId: id }),
  thing: ({ db, caller, input }) => orgScope(db, caller, input.orgId),
  scope: (scope) => scope,
  needs: 'ManageOrgMemberships',
  recordsRefusals: true,
  async run({ services, db, caller, input, now }) {
    const person = await db.user.findUnique({ where: { id: input.userId } });
    const personOrgIds = person ? [...(await membershipsOf(db, person.id)).keys()] : [];
    if (!person || !personOrgIds.includes(input.orgId)) throw notFound('member');
    const refusal = refuseToIssue({
      own: person.id === caller.user.id,
      personOrgIds,
      administeredOrgIds: administeredBy(caller.memberships),
    });
    if (refusal) {
      const [message, help] = REFUSALS[refusal];
      throw new ByteorError(403, refusal, message, { help });
    }
    const origin = caller.user.session;
    const issued = await issueSignInLink(
      db,
      services.baseUrl,
      {
        userId: person.id,
        method: 'page_link',
        issuedBy: caller.user.id,
        shownTo: shownToThrough({ userId: caller.user.id, origin }),
      },
      now,
    );
    return {
      userId: person.id,
      name: person.name,
      orgIds: personOrgIds,
      link: issued.link,
      expiresAt: issued.expiresAt.toISOString(),
    };
  },
  audit: ({ answer }) =>
    answer.orgIds.map((orgId) => ({
      orgId,
      resource: { kind: 'user', id: answer.userId, name: answer.name },
      detail: { issued: 'in the page' },
    })),
  events: () => [],
});
