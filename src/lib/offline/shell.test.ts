import { describe, expect, test } from 'vitest';
import { isBuilt, isPage, newNonce, renewed } from './shell';

const policy =
  "default-src 'none'; script-src 'self' 'nonce-abc+/='; style-src 'self' 'nonce-abc+/='";
const html = '<meta property="csp-nonce" nonce="abc+/="><script nonce="abc+/=">1</script>';
const headers = () =>
  new Headers({
    'content-security-policy': policy,
    'x-frame-options': 'DENY',
    'content-length': '5',
    etag: '"x"',
  });

describe('the shell that is shown while the server is away', () => {
  test('has the server’s policy and headers, with a nonce of its own in both', () => {
    const answer = renewed(html, headers(), 'new==');
    expect(answer?.headers.get('content-security-policy')).toBe(
      policy.replaceAll('abc+/=', 'new=='),
    );
    expect(answer?.headers.get('x-frame-options')).toBe('DENY');
    expect(answer?.headers.get('content-length')).toBeNull();
    expect(answer?.html).toBe(html.replaceAll('abc+/=', 'new=='));
    expect(answer?.html).not.toContain('abc');
  });

  test('is not shown without a policy, without a nonce, or when the document has another one', () => {
    const without = headers();
    without.delete('content-security-policy');
    expect(renewed(html, without, 'n')).toBeNull();
    const loose = headers();
    loose.set('content-security-policy', "script-src 'self'");
    expect(renewed(html, loose, 'n')).toBeNull();
    expect(renewed('<script nonce="other"></script>', headers(), 'n')).toBeNull();
  });

  test('never stands for what the control plane answers', () => {
    for (const path of ['/trpc/a', '/trpc', '/api/v1/x', '/v1/x', '/auth/y', '/metrics', '/_app/x'])
      expect(isPage(path), path).toBe(false);
    for (const path of ['/', '/drafts/1', '/open', '/approvals', '/authors'])
      expect(isPage(path), path).toBe(true);
    expect(isBuilt('/_app/immutable/a.js')).toBe(true);
    expect(isBuilt('/_app/version.json')).toBe(false);
  });

  test('two nonces are never the same', () => {
    expect(new Set(Array.from({ length: 100 }, newNonce)).size).toBe(100);
    expect(newNonce()).toMatch(/^[A-Za-z0-9+/]{22}==$/u);
  });
});
