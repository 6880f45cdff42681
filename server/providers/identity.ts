/**
 * Who a request comes from: the session whose token it carries, in a cookie or as a bearer token. Both
 * are the same secret and get the same answer. The database holds its hash, so a copy of the database
 * opens nothing.
 */
import { createHash } from 'node:crypto';
import { SESSION_DAYS, type SessionOrigin } from '../domain/identity/sessions.ts';
import { bearerOf } from '../http/bearer.ts';
import { hashToken } from '../ids/token.ts';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';

/** The session in which somebody acts. */
export interface HeldSession extends SessionOrigin {
  id: string;
  /** Where it reaches when somebody else was shown its link; a proven one reaches everywhere. */
  orgIds: readonly string[];
}

export interface SignedInUser {
  id: string;
  name: string;
  email: string;
  session: HeldSession;
}

export interface Identity {
  /** Who holds the session of these headers, and renews it once a day; null without one. */
  userOf(headers: Headers): Promise<SignedInUser | null>;
  /** Whether a session that was found before still stands: not ended, not expired. */
  stands(sessionId: string): Promise<boolean>;
  /** The Set-Cookie header that hands a session over. */
  cookieFor(token: string): string;
  /** The Set-Cookie header that takes it away. */
  endOfCookie(): string;
}

const DAY_MILLIS = 24 * 60 * 60_000;

export function sessionEnd(now: Date): Date {
  return new Date(now.getTime() + SESSION_DAYS * DAY_MILLIS);
}

/**
 * Browsers keep cookies by host and not by port: two installs on one machine would end each other's
 * sessions under one name. The name follows the key, which stays when the port changes.
 */
export function cookiePrefix(secret: string): string {
  return `byteor-${createHash('sha256').update(`cookie name\0${secret}`).digest('hex').slice(0, 8)}`;
}

/** The value of a cookie in a Cookie header, or null. Of two with one name nothing is believed. */
export function cookieOf(header: string | null, name: string): string | null {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? (values[0] ?? null) : null;
}

export function sessionIdentity(
  database: Database,
  clock: Clock,
  baseUrl: string,
  secret: string,
): Identity {
  const cookie = `${cookiePrefix(secret)}.session_token`;
  const attributes = `Path=/; HttpOnly; SameSite=Lax${baseUrl.startsWith('https://') ? '; Secure' : ''}`;

  return {
    async userOf(headers) {
      const token =
        bearerOf(headers.get('authorization')) ?? cookieOf(headers.get('cookie'), cookie);
      if (!token) return null;
      const db = database.client;
      const session = await db.session.findUnique({
        where: { tokenHash: hashToken(token) },
        include: { user: true },
      });
      const now = clock.now();
      if (!session || session.expiresAt <= now) return null;
      if (now.getTime() - session.renewedAt.getTime() >= DAY_MILLIS) {
        await db.session.updateMany({
          where: { id: session.id },
          data: { renewedAt: now, expiresAt: sessionEnd(now) },
        });
      }
      const { id, name, email } = session.user;
      const { method, shownTo, orgIds } = session;
      return { id, name, email, session: { id: session.id, method, shownTo, orgIds } };
    },
    async stands(sessionId) {
      const found = await database.client.session.findUnique({
        where: { id: sessionId },
        select: { expiresAt: true },
      });
      return found !== null && found.expiresAt > clock.now();
    },
    // The server decides when a session is over; the cookie only has to live longer.
    cookieFor: (token) => `${cookie}=${token}; Max-Age=${400 * 24 * 60 * 60}; ${attributes}`,
    endOfCookie: () => `${cookie}=; Max-Age=0; ${attributes}`,
  };
}
