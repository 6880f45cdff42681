/**
 * Sign-in links that are issued on the host: by each start, for the owner, and by
 * `npm run -s admin -- sign-in-link ADDRESS`. No member is shown them, so they prove the person.
 */
import { z } from 'zod';
import { recordAudit, type Actor } from '../audit/record.ts';
import { ByteorError, refused } from '../errors.ts';
import { personEmail } from '../inputs.ts';
import type { Db } from '../providers/database.ts';
import { membershipsOf } from '../roles/memberships.ts';
import { OWNER_EMAIL } from '../seed/first-start.ts';
import type { Services } from '../services.ts';
import { issueSignInLink, type IssuedLink } from './sign-in-links.ts';

/** What issuing needs; the command line has no more than that where no server runs. */
type LinkServices = Pick<Services, 'database' | 'clock' | 'baseUrl'>;

export interface HostLink extends IssuedLink {
  person: { name: string; email: string };
}

interface Wanted {
  email: string;
  actor: Actor;
  ofStart: boolean;
}

async function issue(
  { database, clock, baseUrl }: LinkServices,
  { email, actor, ofStart }: Wanted,
): Promise<HostLink> {
  const now = clock.now();
  return database.transact(async (db: Db) => {
    const user = await db.user.findUnique({ where: { email } });
    if (!user) {
      throw new ByteorError(404, 'person_not_found', `Nobody here has the address ${email}.`, {
        help: 'Invite the person first; the members page lists the addresses.',
      });
    }
    const orgIds = [...(await membershipsOf(db, user.id)).keys()];
    if (orgIds.length === 0) {
      throw refused('person_without_role', `${user.name} has no role in any organization.`, {
        help: 'Invite the person again.',
      });
    }
    const origin = { userId: user.id, method: 'host_link', issuedBy: null, shownTo: [] } as const;
    const issued = await issueSignInLink(db, baseUrl, { ...origin, ofStart }, now);
    for (const orgId of orgIds) {
      await recordAudit(db, now, {
        orgId,
        actor,
        action: 'sign_in_link.issue',
        outcome: 'succeeded',
        resource: { kind: 'user', id: user.id, name: user.name },
        detail: { issued: 'on the host' },
      });
    }
    return { ...issued, person: { name: user.name, email: user.email } };
  });
}

const address = z.object({ address: personEmail });

/** For whoever may use the host: `input` is what came over the socket or the command line. */
export async function issueHostLink(services: LinkServices, input: unknown): Promise<HostLink> {
  const parsed = address.safeParse(input);
  if (!parsed.success) {
    throw new ByteorError(400, 'input_invalid', 'This is no e-mail address.', {
      help: 'npm run -s admin -- sign-in-link ADDRESS',
    });
  }
  const actor = { kind: 'system', id: null, name: 'Host' } as const;
  return issue(services, { email: parsed.data.address, actor, ofStart: false });
}

/** The owner's link of a start; it ends those of earlier starts. */
export function issueOwnerLink(services: LinkServices): Promise<HostLink> {
  const actor = { kind: 'system', id: null, name: 'Start' } as const;
  return issue(services, { email: OWNER_EMAIL, actor, ofStart: true });
}
