import { z } from 'zod';
import type { Role } from '../domain/permissions/roles.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';
import { findInvitation } from './find-invitation.ts';

export const peekInvitationInput = z.object({ token: z.string().min(1).max(200) });

/** What an invitation is for, shown to whoever holds its link, before accepting. */
export async function peekInvitation(
  services: Services,
  input: z.infer<typeof peekInvitationInput>,
) {
  const db = services.database.client;
  const row = await findInvitation(db, input.token, services.clock.now());
  const names = await namesOf(db, [row.createdBy]);
  return {
    orgName: row.org.name,
    projectName: row.project?.name ?? null,
    role: row.role as Role,
    name: row.name,
    email: row.email,
    invitedBy: names(row.createdBy).name,
    expiresAt: row.expiresAt.toISOString(),
  };
}
