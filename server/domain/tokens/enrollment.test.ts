import { expect, it } from 'vitest';
import { refuseEnrollment, type EnrollmentTokenFacts } from './enrollment.ts';
import { hashToken, newToken } from '../../ids/token.ts';

const at = new Date(5000);
const token: EnrollmentTokenFacts = {
  environmentId: 'here',
  expiresAt: new Date(9000),
  usedAt: null,
  revokedAt: null,
};

it.each<[string, EnrollmentTokenFacts | null, string, string | null]>([
  ['a good token enrolls', token, 'here', null],
  ['an unknown one', null, 'here', 'enrollment_token_unknown'],
  ['a used one', { ...token, usedAt: at }, 'here', 'enrollment_token_used'],
  ['one that just expired', { ...token, expiresAt: at }, 'here', 'enrollment_token_expired'],
  ['a revoked one', { ...token, revokedAt: at }, 'here', 'enrollment_token_revoked'],
  ['a good one elsewhere', token, 'there', 'enrollment_token_wrong_environment'],
  [
    'a revoked one tells nothing about where',
    { ...token, revokedAt: at },
    'there',
    'enrollment_token_revoked',
  ],
])('%s', (_name, facts, environment, expected) => {
  expect(refuseEnrollment(facts, environment, at)).toBe(expected);
});

it('makes secrets that are long, different, and kept only as hashes', () => {
  const one = newToken('runtime');
  expect(one).toMatch(/^byteor_agent_[\w-]{43}$/);
  expect(newToken('runtime')).not.toBe(one);
  expect(hashToken(one)).toMatch(/^[0-9a-f]{64}$/);
});
