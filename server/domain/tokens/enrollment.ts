/** Enrollment tokens: one registration, at most an hour, distinct refusals. */

/** Longest lifetime of an enrollment token, in minutes. */
export const ENROLLMENT_TOKEN_MINUTES = 60;

export interface EnrollmentTokenFacts {
  environmentId: string;
  expiresAt: Date;
  usedAt: Date | null;
  revokedAt: Date | null;
}

export type EnrollmentRefusal =
  | 'enrollment_token_unknown'
  | 'enrollment_token_used'
  | 'enrollment_token_expired'
  | 'enrollment_token_revoked'
  | 'enrollment_token_wrong_environment';

/** Why a token doesn't enroll, or null. */
export function refuseEnrollment(
  token: EnrollmentTokenFacts | null,
  environmentId: string,
  now: Date,
): EnrollmentRefusal | null {
  if (token === null) return 'enrollment_token_unknown';
  if (token.revokedAt) return 'enrollment_token_revoked';
  if (token.usedAt) return 'enrollment_token_used';
  if (now >= token.expiresAt) return 'enrollment_token_expired';
  if (token.environmentId !== environmentId) return 'enrollment_token_wrong_environment';
  return null;
}
