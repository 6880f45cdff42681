import { describe, expect, it } from 'vitest';
import { hostAllowed, originAllowed } from './origin.ts';

const rules = { baseUrl: 'http://127.0.0.1:8080', loopbackOnly: true };

describe('the Host of a loopback install', () => {
  it.each([
    ['127.0.0.1:8080', true],
    ['localhost:8080', true],
    ['[::1]:8080', true],
    ['evil.example:8080', false],
    ['127.0.0.1.evil.example', false],
    ['', false],
  ])('%s: %s', (host, expected) => {
    expect(hostAllowed(rules, host)).toBe(expected);
  });
});

describe('where a change may come from', () => {
  const host = '127.0.0.1:8080';
  it.each([
    ['POST', { host, origin: 'http://127.0.0.1:8080' }, true],
    ['POST', { host: 'localhost:8080', origin: 'http://localhost:8080' }, true],
    ['POST', { host, origin: 'http://evil.example' }, false],
    ['POST', { host, origin: 'null' }, false],
    ['POST', { host }, true],
    ['POST', { host, 'sec-fetch-site': 'cross-site' }, false],
    ['POST', { host: 'evil.example', origin: 'http://evil.example' }, false],
    ['GET', { host, origin: 'http://evil.example' }, true],
  ] as const)('%s %j: %s', (method, headers, expected) => {
    expect(originAllowed(rules, method, headers)).toBe(expected);
  });
});
