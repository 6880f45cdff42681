import { describe, expect, it } from 'vitest';
import { cookiePrefix } from './identity.ts';

describe('the name of the session cookie', () => {
  it('differs between installs, and stays for one', () => {
    expect(cookiePrefix('one')).toBe(cookiePrefix('one'));
    expect(cookiePrefix('one')).not.toBe(cookiePrefix('two'));
    expect(cookiePrefix('one')).toMatch(/^byteor-[0-9a-f]{8}$/);
  });
});
