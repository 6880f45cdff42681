import { hashToken } from '../ids/token.ts';
import { ByteorError } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** The open invitation of a link, or an error that says what became of it. */
export async function findInvitation(db: Db, token: string, now: Date) {
  const row = await db.invitation.findUnique({
    where: { tokenHash: hashToken(token) },
    include: { org: true, project: true },
  });
  const help = 'Ask the person who invited you for a new link.';
  if (!row)
    throw new ByteorError(404, 'invitation_unknown', 'This invitation link is not known.', {
      help,
    });
  if (row.revokedAt)
    throw new ByteorError(409, 'invitation_revoked', 'This invitation was taken back.', { help });
  if (row.acceptedAt)
    throw new ByteorError(409, 'invitation_used', 'This invitation was used already.', { help });
  if (now >= row.expiresAt)
    throw new ByteorError(409, 'invitation_expired', 'This invitation has expired.', { help });
  return row;
}
