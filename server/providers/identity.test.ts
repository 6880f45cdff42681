import { describe, expect, it } from 'vitest';
import { cookieOf, cookiePrefix } from './identity.ts';

describe('the name of the session cookie', () => {
  it('differs between installs, and stays for one', () => {
    expect(cookiePrefix('one')).toBe(cookiePrefix('one'));
    expect(cookiePrefix('one')).not.toBe(cookiePrefix('two'));
    expect(cookiePrefix('one')).toMatch(/^byteor-[0-9a-f]{8}$/);
  });
});

describe('the session cookie', () => {
  it.each([
    ['a=1; s=token; b=2', 'token'],
    ['s=token', 'token'],
    ['xs=token', null],
    ['', null],
    // A neighbour on the same host may have set one too: which is ours can't be told.
    ['s=one; s=two', null],
  ])('%j: %j', (header, expected) => {
    expect(cookieOf(header, 's')).toBe(expected);
  });
});
