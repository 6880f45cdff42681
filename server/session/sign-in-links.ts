/** One-time links that open a session of an account that exists: how they are made. */
import { SIGN_IN_LINK_MINUTES, type SessionMethod } from '../domain/identity/sessions.ts';
import { hashToken, newToken } from '../ids/token.ts';
import { uuidv7 } from '../ids/uuid.ts';
import type { Db } from '../providers/database.ts';

interface NewSignInLink {
  userId: string;
  method: Extract<SessionMethod, 'host_link' | 'page_link'>;
  issuedBy: string | null;
  shownTo: readonly string[];
  /** The owner's link of a start. */
  ofStart?: boolean;
}

export interface IssuedLink {
  link: string;
  expiresAt: Date;
}

/**
 * Makes a link. The token stands behind `#`, which browsers keep to themselves: it comes into no log
 * and no Referer. The owner's link of an earlier start ends with the next start's.
 */
export async function issueSignInLink(
  db: Db,
  baseUrl: string,
  wanted: NewSignInLink,
  now: Date,
): Promise<IssuedLink> {
  const token = newToken('sign_in');
  const expiresAt = new Date(now.getTime() + SIGN_IN_LINK_MINUTES * 60_000);
  if (wanted.ofStart) {
    await db.signInLink.updateMany({
      where: { ofStart: true, usedAt: null, endedAt: null },
      data: { endedAt: now },
    });
  }
  await db.signInLink.create({
    data: {
      id: uuidv7(),
      tokenHash: hashToken(token),
      userId: wanted.userId,
      method: wanted.method,
      issuedBy: wanted.issuedBy,
      shownTo: [...wanted.shownTo],
      ofStart: wanted.ofStart ?? false,
      createdAt: now,
      expiresAt,
    },
  });
  return { link: `${baseUrl}/sign-in#${token}`, expiresAt };
}
