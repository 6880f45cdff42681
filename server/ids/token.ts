/** Bearer secrets: shown once, stored as a hash. The prefix tells people and scanners what it is. */
import { createHash, randomBytes } from 'node:crypto';

type TokenKind = 'enrollment' | 'runtime' | 'invitation' | 'session' | 'sign_in';

const PREFIX: Record<TokenKind, string> = {
  enrollment: 'byteor_enroll_',
  runtime: 'byteor_agent_',
  invitation: 'byteor_invite_',
  session: 'byteor_session_',
  sign_in: 'byteor_sign_in_',
};

/** A new secret with 256 random bits. */
export function newToken(kind: TokenKind): string {
  return PREFIX[kind] + randomBytes(32).toString('base64url');
}

/** What is stored. The secret is random, so one fast hash without salt is enough. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
