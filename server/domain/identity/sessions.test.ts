import { describe, expect, it } from 'vitest';
import {
  isProven,
  refuseSignInLink,
  refuseToIssue,
  shownToThrough,
  type IssuerFacts,
  type SignInLinkFacts,
} from './sessions.ts';

describe('a session', () => {
  it('is proven when no member was shown its link', () => {
    expect(isProven({ method: 'host_link', shownTo: [] })).toBe(true);
    expect(isProven({ method: 'page_link', shownTo: ['ada'] })).toBe(false);
  });

  it('passes on who may hold it to the links that are made in it', () => {
    const held = { method: 'page_link', shownTo: ['ada'] } as const;
    expect(shownToThrough({ userId: 'grace', origin: held })).toEqual(['grace', 'ada']);
    expect(shownToThrough({ userId: 'ada', origin: held })).toEqual(['ada']);
  });
});

const now = new Date(5000);
const link: SignInLinkFacts = {
  expiresAt: new Date(9000),
  usedAt: null,
  endedAt: null,
  issuerMay: true,
};

describe('a sign-in link', () => {
  it.each<[string, Partial<SignInLinkFacts>, string | null]>([
    ['opens a session', {}, null],
    ['works once', { usedAt: now }, 'sign_in_link_used'],
    ['works for an hour', { expiresAt: now }, 'sign_in_link_expired'],
    ['ends with the next start', { endedAt: now }, 'sign_in_link_ended'],
    ['is worth what its issuer may today', { issuerMay: false }, 'sign_in_link_issuer_lost_right'],
  ])('%s', (_name, change, expected) => {
    expect(refuseSignInLink({ ...link, ...change }, now)).toBe(expected);
  });
});

describe('issuing one in the page', () => {
  const facts: IssuerFacts = { own: false, personOrgIds: ['here'], administeredOrgIds: ['here'] };

  it.each<[string, Partial<IssuerFacts>, string | null]>([
    ['is for an admin of all of the person’s organizations', {}, null],
    ['is not for oneself', { own: true }, 'sign_in_link_own'],
    [
      'is not for who administers none of them',
      { administeredOrgIds: [] },
      'sign_in_link_not_admin',
    ],
    [
      'is not for who administers some of them',
      { personOrgIds: ['here', 'there'] },
      'sign_in_link_elsewhere',
    ],
    ['is not for somebody without a role', { personOrgIds: [] }, 'sign_in_link_not_admin'],
  ])('%s', (_name, change, expected) => {
    expect(refuseToIssue({ ...facts, ...change })).toBe(expected);
  });
});
