/**
 * People and sessions, by better-auth: cookie sessions, opened by one-time links whose tokens are
 * stored hashed. Tenancy and rights are not its business. Its HTTP routes aren't mounted: the page
 * signs in through our own procedures, which call it in process.
 */
import { createHash, randomBytes } from 'node:crypto';
import { betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { magicLink } from 'better-auth/plugins';
import { uuidv7 } from '../ids/uuid.ts';
import type { Database } from './database.ts';

export interface SignedInUser {
  id: string;
  name: string;
  email: string;
}

export interface SignIn {
  user: SignedInUser;
  /** Set-Cookie headers to pass on. */
  cookies: string[];
}

export interface Identity {
  /** A one-time token that opens a session for `email`, who gets an account if there is none. */
  issueSignInToken(email: string): Promise<string>;
  /** Opens a session, or null when the token is unknown, used or expired. */
  signIn(token: string, headers: Headers): Promise<SignIn | null>;
  signOut(headers: Headers): Promise<string[]>;
  userOf(headers: Headers): Promise<SignedInUser | null>;
  /** The same for a session token that came as a bearer token. */
  userOfToken(token: string): Promise<SignedInUser | null>;
}

/** Minutes for which a sign-in link works. */
export const SIGN_IN_LINK_MINUTES = 60;

/** The header in which the server passes the peer's address; whatever a client sent is overwritten. */
export const PEER_ADDRESS_HEADER = 'x-byteor-peer-address';

/**
 * Browsers keep cookies by host and not by port: two installs on one machine would end each other's
 * sessions under one name. The name follows the key, which stays when the port changes.
 */
export function cookiePrefix(secret: string): string {
  return `byteor-${createHash('sha256').update(`cookie name\0${secret}`).digest('hex').slice(0, 8)}`;
}

export function betterAuthIdentity(database: Database, baseUrl: string, secret: string): Identity {
  const handOver = new Map<string, (token: string) => void>();
  const auth = betterAuth({
    appName: 'ByteOr',
    baseURL: baseUrl,
    basePath: '/auth',
    secret,
    database: prismaAdapter(database.client, { provider: 'postgresql', transaction: true }),
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    session: { expiresIn: 60 * 60 * 24 * 14, updateAge: 60 * 60 * 24 },
    advanced: {
      cookiePrefix: cookiePrefix(secret),
      useSecureCookies: baseUrl.startsWith('https://'),
      defaultCookieAttributes: { sameSite: 'lax', httpOnly: true },
      ipAddress: { ipAddressHeaders: [PEER_ADDRESS_HEADER] },
      database: { generateId: () => uuidv7() },
    },
    plugins: [
      magicLink({
        expiresIn: SIGN_IN_LINK_MINUTES * 60,
        storeToken: 'hashed',
        disableSignUp: true,
        generateToken: () => randomBytes(32).toString('base64url'),
        sendMagicLink: ({ token, metadata }) => {
          const ticket: unknown = metadata?.['ticket'];
          if (typeof ticket === 'string') handOver.get(ticket)?.(token);
        },
      }),
    ],
  });
  const cookiesOf = (headers: Headers): string[] => headers.getSetCookie();

  return {
    async issueSignInToken(email) {
      const ticket = uuidv7();
      let token: string | null = null;
      handOver.set(ticket, (given) => {
        token = given;
      });
      try {
        await auth.api.signInMagicLink({
          body: { email, metadata: { ticket } },
          headers: new Headers({ origin: baseUrl }),
        });
      } finally {
        handOver.delete(ticket);
      }
      if (token === null) throw new Error('no sign-in token was made');
      return token;
    },
    async signIn(token, headers) {
      const answer = await auth.api.magicLinkVerify({
        query: { token },
        headers,
        asResponse: true,
      });
      if (!answer.ok) return null;
      const body: unknown = await answer.json().catch(() => null);
      const user = (body as { user?: SignedInUser } | null)?.user;
      if (!user) return null;
      return {
        user: { id: user.id, name: user.name, email: user.email },
        cookies: cookiesOf(answer.headers),
      };
    },
    async signOut(headers) {
      const answer = await auth.api.signOut({ headers, asResponse: true });
      return cookiesOf(answer.headers);
    },
    async userOfToken(token) {
      const session = await database.client.session.findUnique({
        where: { token },
        include: { user: true },
      });
      if (!session || session.expiresAt <= new Date()) return null;
      const { id, name, email } = session.user;
      return { id, name, email };
    },
    async userOf(headers) {
      if (!headers.has('cookie')) return null;
      const session = await auth.api.getSession({ headers });
      return session
        ? { id: session.user.id, name: session.user.name, email: session.user.email }
        : null;
    },
  };
}
