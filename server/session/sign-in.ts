import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { ByteorError } from '../errors.ts';
import type { Services } from '../services.ts';

export const signInInput = z.object({ token: z.string().min(1).max(200) });

/** Opens a session from a one-time link. Gives the cookies to set. */
export async function signIn(
  services: Services,
  headers: Headers,
  input: z.infer<typeof signInInput>,
) {
  const { identity, database, clock, log } = services;
  const answer = await identity.signIn(input.token, headers);
  if (!answer) {
    log.warn('sign-in with an unknown, used or expired link');
    throw new ByteorError(
      401,
      'sign_in_link_invalid',
      'This sign-in link was used or has expired.',
      {
        help: 'Start the server again: it prints a fresh link each time. Invited people ask for a new invitation.',
      },
    );
  }
  const { user, cookies } = answer;
  const orgs = await database.client.orgMember.findMany({ where: { userId: user.id } });
  const projects = await database.client.projectMember.findMany({ where: { userId: user.id } });
  const orgIds = new Set([...orgs, ...projects].map((row) => row.orgId));
  for (const orgId of orgIds) {
    await recordAudit(database.client, clock.now(), {
      orgId,
      actor: { kind: 'user', id: user.id, name: user.name },
      action: 'session.sign_in',
      outcome: 'succeeded',
      resource: { kind: 'user', id: user.id, name: user.name },
      detail: { method: 'one_time_link' },
    });
  }
  return { user, cookies };
}
