import { describe, expect, it } from 'vitest';
import { allowStyleNonce } from './style-nonce';

describe('the nonce of style elements', () => {
  it('is copied from the scripts of the same document', () => {
    expect(
      allowStyleNonce("default-src 'none'; script-src 'self' 'nonce-a=='; style-src 'self'"),
    ).toBe("default-src 'none'; script-src 'self' 'nonce-a=='; style-src 'self' 'nonce-a=='");
  });

  it('leaves a policy alone that allows all inline styles, as development does', () => {
    const policy = "script-src 'self' 'nonce-a=='; style-src 'self' 'unsafe-inline'";
    expect(allowStyleNonce(policy)).toBe(policy);
  });

  it('is not named twice', () => {
    const policy = "script-src 'self' 'nonce-a=='; style-src 'self' 'nonce-a=='";
    expect(allowStyleNonce(policy)).toBe(policy);
  });

  it('is absent where the document has none', () => {
    expect(allowStyleNonce("style-src 'self'")).toBe("style-src 'self'");
  });
});
