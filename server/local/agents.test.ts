import { describe, expect, it } from 'vitest';
import { ownAddress } from './agents.ts';

describe('local agents', () => {
  it.each([
    ['http://127.0.0.1:8080', false],
    ['http://localhost:8080', false],
    ['http://[::1]:8080', false],
    ['https://control.example.org', false],
    ['http://192.0.2.7:8080', true],
    ['http://127.example.org', true],
  ])('at %s are allowed plain http beyond loopback: %s', (baseUrl, allowed) => {
    expect(ownAddress(baseUrl)).toEqual(allowed ? ['--allow-plain-http'] : []);
  });
});
