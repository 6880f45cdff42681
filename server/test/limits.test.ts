/** How often who may ask: by peer before it is known who asks, by caller then (docs/spec/rest.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENROLMENTS_PER_MINUTE } from '../agents/enroll-agent.ts';
import { createApp } from '../app.ts';
import { LIMITS, MAX_BATCH, MAX_STREAMS } from '../limits/limits.ts';
import { cookieOf, enrollTestAgent, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
let cookie: string;
beforeAll(async () => {
  server = await startTestServer();
  cookie = await cookieOf(server, server.owner);
});
afterAll(() => server.close());
// Each case has whole budgets.
beforeEach(() => server.advance(3));

const host = '127.0.0.1:8080';
/** An answer in either edge's form. */
const told = (answer: { statusCode: number; body: string }) => {
  const body: unknown = JSON.parse(answer.body);
  const { error } = (Array.isArray(body) ? body[0] : body) as {
    error?: { code: string; args?: object; data?: { byteor: { code: string; args?: object } } };
  };
  return { status: answer.statusCode, ...(error?.data?.byteor ?? error) };
};
/** Spends the rest of a budget, but for `left`. */
function spendAllBut(name: keyof typeof LIMITS, key: string, left: number): void {
  const { remaining } = server.services.limits(name, key, 0);
  expect(server.services.limits(name, key, remaining - left).remaining).toBe(left);
}

describe('before anybody is known', () => {
  const ask = (url: string, remoteAddress: string, headers: Record<string, string> = {}) =>
    server.app.inject({ url, remoteAddress, headers: { host, ...headers } });

  it('both prefixes and the page spend of one budget by peer, whatever credential is named', async () => {
    spendAllBut('peer', '198.51.100.1', 3);
    const peer = '198.51.100.1';
    const key = (name: string) => ({ authorization: `Bearer byteor_agent_${name}` });
    const agentPath = `/agents/${server.org.id}/signing-keys`;
    expect((await ask(`/api/v1${agentPath}`, peer, key('a'))).statusCode).toBe(401);
    expect((await ask(`/v1${agentPath}`, peer, key('b'))).statusCode).toBe(401);
    expect((await ask('/trpc/session.get', peer)).statusCode).toBe(200);
    for (const [url, headers] of [
      [`/api/v1${agentPath}`, key('c')],
      [`/v1${agentPath}`, key('d')],
      ['/trpc/session.get', { cookie }],
    ] as const) {
      const refused = await ask(url, peer, headers);
      expect(told(refused)).toMatchObject({
        status: 429,
        code: 'rate_limited',
        args: { limit: 'peer' },
      });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await ask(`/v1${agentPath}`, '198.51.100.2', key('e'))).statusCode).toBe(401);
  });

  it('what asks the database without a session counts as well', async () => {
    for (const url of ['/readyz', '/metrics']) {
      spendAllBut('peer', '198.51.100.9', 1);
      expect((await ask(url, '198.51.100.9')).statusCode).toBe(200);
      expect((await ask(url, '198.51.100.9')).statusCode).toBe(429);
      expect((await ask('/healthz', '198.51.100.9')).statusCode).toBe(200);
      server.advance(3);
    }
  });

  it('a host with a whole IPv6 network is one peer', async () => {
    spendAllBut('peer', '2001:db8:1:2::/64', 1);
    expect((await ask('/v1/orgs', '2001:db8:1:2::7')).statusCode).toBe(401);
    expect((await ask('/v1/orgs', '2001:db8:1:2:ffff::8')).statusCode).toBe(429);
    expect((await ask('/v1/orgs', '2001:db8:1:3::8')).statusCode).toBe(401);
  });

  it('an address that the client wrote itself counts for nothing', async () => {
    spendAllBut('peer', '198.51.100.3', 1);
    const forwarded = { 'x-forwarded-for': '192.0.2.77', forwarded: 'for=192.0.2.77' };
    expect((await ask('/v1/orgs', '198.51.100.3', forwarded)).statusCode).toBe(401);
    expect((await ask('/v1/orgs', '198.51.100.3', forwarded)).statusCode).toBe(429);
  });

  it('an address that a configured proxy wrote counts, and only the one that it saw', async () => {
    const services = {
      ...server.services,
      config: { ...server.services.config, trustedProxies: ['10.0.0.0/24'] },
    };
    const behind = await createApp({ services, loopbackOnly: true, page: null });
    try {
      const through = (forwardedFor: string) =>
        behind.inject({
          url: '/v1/orgs',
          remoteAddress: '10.0.0.5',
          headers: { host, 'x-forwarded-for': forwardedFor },
        });
      spendAllBut('peer', '203.0.113.1', 1);
      expect((await through('203.0.113.1')).statusCode).toBe(401);
      expect((await through('203.0.113.1')).statusCode).toBe(429);
      // What stands before it the client made up.
      expect((await through('192.0.2.1, 203.0.113.1')).statusCode).toBe(429);
      expect((await through('203.0.113.2')).statusCode).toBe(401);
    } finally {
      await behind.close();
    }
  });

  it('signing in has a budget of its own', async () => {
    const peer = '198.51.100.4';
    const tryOnce = (path = 'session.signIn') =>
      server.app.inject({
        method: 'POST',
        url: `/trpc/${path}`,
        remoteAddress: peer,
        headers: { host, 'content-type': 'application/json' },
        payload: JSON.stringify({ token: 'byteor_guess' }),
      });
    for (let index = 0; index < LIMITS.sign_in.requests; index += 1) {
      expect((await tryOnce()).statusCode).not.toBe(429);
    }
    for (const path of ['session.signIn', 'invitations.accept']) {
      expect(told(await tryOnce(path))).toMatchObject({
        status: 429,
        code: 'rate_limited',
        args: { limit: 'sign_in' },
      });
    }
    // Whoever is signed in there goes on.
    expect((await ask('/trpc/session.get', peer, { cookie })).statusCode).toBe(200);
  });

  it('enrolling has a budget of its own, under both prefixes together', async () => {
    const enroll = (prefix: string) =>
      server.app.inject({
        method: 'POST',
        url: `${prefix}/orgs/${server.org.id}/projects/${server.project.id}/environments/${server.development.id}/agents`,
        remoteAddress: '198.51.100.5',
        headers: { host, authorization: 'Bearer byteor_enroll_guess' },
      });
    for (let index = 0; index < LIMITS.enroll.requests; index += 1) {
      expect((await enroll(index % 2 ? '/v1' : '/api/v1')).statusCode).toBe(401);
    }
    expect(told(await enroll('/v1'))).toMatchObject({ status: 429, args: { limit: 'enroll' } });
    expect(told(await enroll('/api/v1'))).toMatchObject({ status: 429, args: { limit: 'enroll' } });
  });
});

describe('once it is known who asks', () => {
  it('an agent has one budget under both prefixes, and another agent its own', async () => {
    const one = await enrollTestAgent(server, server.development.id, { name: 'one' });
    const two = await enrollTestAgent(server, server.development.id, { name: 'two' });
    const ask = (prefix: string, agent: { id: string; key: string }, path = agent.id) =>
      server.app.inject({
        url: `${prefix}/agents/${path}/signing-keys`,
        headers: { host, authorization: `Bearer ${agent.key}` },
      });
    spendAllBut('agent', one.id, 3);
    const first = await ask('/api/v1', one);
    expect(first.statusCode).toBe(200);
    expect(first.headers['x-ratelimit-remaining']).toBe('2');
    expect(Number(first.headers['x-ratelimit-reset'])).toBeGreaterThan(0);
    expect((await ask('/v1', one)).headers['x-ratelimit-remaining']).toBe('1');
    // Knocking at another's door costs as well.
    expect((await ask('/v1', one, two.id)).statusCode).toBe(401);
    const refused = await ask('/v1', one);
    expect(told(refused)).toMatchObject({
      status: 429,
      code: 'rate_limited',
      args: { limit: 'agent' },
    });
    expect(refused.headers['retry-after']).toBe(refused.headers['x-ratelimit-reset']);
    expect((await ask('/api/v1', one)).statusCode).toBe(429);
    expect((await ask('/v1', two)).statusCode).toBe(200);
  });

  it('a person has one budget over REST and the page, and each call of a batch counts', async () => {
    const page = (paths: string) =>
      server.app.inject({ url: `/trpc/${paths}?batch=1&input={}`, headers: { host, cookie } });
    spendAllBut('person', server.owner.id, 3);
    expect((await page('session.get,session.get')).headers['x-ratelimit-remaining']).toBe('1');
    expect(told(await page('session.get,session.get'))).toMatchObject({
      status: 429,
      code: 'rate_limited',
      args: { limit: 'person' },
    });
    const rest = () => server.app.inject({ url: '/api/v1/orgs', headers: { host, cookie } });
    expect((await rest()).statusCode).toBe(200);
    expect(told(await rest())).toMatchObject({ status: 429, args: { limit: 'person' } });
  });

  it('a batch holds so many calls and no more', async () => {
    const batch = (size: number) =>
      server.app.inject({
        url: `/trpc/${Array.from({ length: size }, () => 'session.get').join(',')}?batch=1&input={}`,
        headers: { host, cookie },
      });
    expect((await batch(MAX_BATCH)).statusCode).toBe(200);
    expect(told(await batch(MAX_BATCH + 1))).toMatchObject({
      status: 400,
      code: 'batch_too_large',
    });
  });

  it('a person has so many live streams at a time, and closing one makes room', async () => {
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const open = async () => {
      const abort = new AbortController();
      const answer = await fetch(`${address}/trpc/live.events?input={}`, {
        headers: { cookie },
        signal: abort.signal,
      });
      return { abort, answer };
    };
    const streams = await Promise.all(Array.from({ length: MAX_STREAMS }, open));
    expect(new Set(streams.map(({ answer }) => answer.status))).toEqual(new Set([200]));
    // A refused stream says why, and ends; one that is taken stays open.
    const endOf = async (stream: Awaited<ReturnType<typeof open>>) => {
      const stays = new Promise<string>((resolve) => setTimeout(() => resolve('open'), 500));
      const end = await Promise.race([stream.answer.text().catch(() => 'cut'), stays]);
      stream.abort.abort();
      return end;
    };
    expect(await endOf(await open())).toContain('too_many_streams');
    streams[0]?.abort.abort();
    await expect.poll(async () => endOf(await open())).toBe('open');
    for (const { abort } of streams) abort.abort();
  });
});

describe('enrolling into an environment', () => {
  it('is throttled there, whoever comes, and the token that came too early stays good', async () => {
    const environmentId = server.production.id;
    for (let index = 0; index < ENROLMENTS_PER_MINUTE; index += 1) {
      await enrollTestAgent(server, environmentId, {
        name: `host-${index}`,
        peer: `192.0.2.${index}`,
      });
    }
    const { token } = await server.as(server.owner).enrollmentTokens.create({ environmentId });
    const enroll = () =>
      server.app.inject({
        method: 'POST',
        url: `/v1/orgs/${server.org.id}/projects/${server.project.id}/environments/${environmentId}/agents`,
        remoteAddress: '198.51.100.6',
        headers: { host, authorization: `Bearer ${token}` },
      });
    const refused = await enroll();
    expect(told(refused)).toMatchObject({ status: 429, code: 'enrollment_throttled' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await enrollTestAgent(server, server.development.id, {
      name: 'elsewhere',
      peer: '198.51.100.7',
    });
    server.advance(2);
    expect((await enroll()).statusCode).toBe(201);
  });
});
