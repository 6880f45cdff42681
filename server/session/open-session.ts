/** The one place where sessions begin. */
import type { SessionMethod } from '../domain/identity/sessions.ts';
import { hashToken, newToken } from '../ids/token.ts';
import { uuidv7 } from '../ids/uuid.ts';
import type { Db } from '../providers/database.ts';
import { sessionEnd } from '../providers/identity.ts';

interface NewSession {
  userId: string;
  method: SessionMethod;
  shownTo: readonly string[];
  /** Where it reaches; a proven one reaches everywhere. */
  orgIds: readonly string[];
}

/**
 * Opens a session and answers its token. A proven one takes the account back: sessions that somebody
 * else was shown the link of end, and the address counts as verified.
 */
export async function openSession(db: Db, opened: NewSession, now: Date): Promise<string> {
  const token = newToken('session');
  const proven = opened.shownTo.length === 0;
  if (proven) {
    await db.session.deleteMany({
      where: { userId: opened.userId, NOT: { shownTo: { isEmpty: true } } },
    });
    await db.user.update({ where: { id: opened.userId }, data: { emailVerified: true } });
  }
  await db.session.create({
    data: {
      id: uuidv7(),
      tokenHash: hashToken(token),
      userId: opened.userId,
      method: opened.method,
      shownTo: [...opened.shownTo],
      orgIds: proven ? [] : [...opened.orgIds],
      createdAt: now,
      renewedAt: now,
      expiresAt: sessionEnd(now),
    },
  });
  return token;
}
