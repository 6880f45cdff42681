/**
 * Invariant: nothing that anybody sends is a fault of the server. Generated over every procedure and
 * every REST route: each place of each input holds each hostile value once, under real ids, so that
 * what passes the schema reaches the database.
 *
 * All are judged by the schema of their place, 20,000 and more. What a schema refuses comes no farther, and
 * the answer is made of what it says: of refusals of a value that say the same, one is sent to the
 * procedures and one to the routes, on PGlite alone. What a schema takes is sent everywhere, on both
 * databases; only what stands inside a value that one schema judges as a whole, as a config bundle, is
 * sent once on each.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { LIMITS } from '../limits/limits.ts';
import { appRouter } from '../trpc/router.ts';
import {
  cookieOf,
  deploy,
  enrollTestAgent,
  makeBundle,
  makeVersion,
  startTestServer,
  type TestServer,
} from './harness.ts';
import {
  arrived,
  fitting,
  type Hostile,
  HOSTILE,
  type Judge,
  judgeOf,
  type Path,
  placesOf,
  withAt,
  written,
} from './hostile.ts';

interface Procedure {
  path: string;
  type: 'query' | 'mutation' | 'subscription';
  inputs: z.ZodType[];
}
const procedures: Procedure[] = Object.entries(
  appRouter._def.procedures as unknown as Record<
    string,
    { _def: { type: Procedure['type']; inputs: z.ZodType[] } }
  >,
).map(([path, { _def }]) => ({ path, type: _def.type, inputs: _def.inputs }));

let server: TestServer;
let agent: Awaited<ReturnType<typeof enrollTestAgent>>;
let ids: Record<string, unknown>;
let cookie: string;
/** A minute for each budget: this test is about inputs, and not about how many. */
let minute = 0;

beforeAll(async () => {
  server = await startTestServer();
  const api = server.as(server.owner);
  agent = await enrollTestAgent(server, server.development.id);
  const { versionId } = await makeVersion(server);
  const { bundleId } = await makeBundle(server, server.development.id, versionId);
  const { config } = await api.bundles.get({ bundleId });
  await agent.heartbeat([], { trial_versions: [1] });
  const { trialId } = await api.connections.try({
    environmentId: server.development.id,
    versionId,
    agentId: agent.id,
    config,
  });
  const created = await deploy(server, { versionId, bundleId, agentIds: [agent.id] });
  await server.runJobs();
  const { threadId, commentId } = await api.reviews.comment({
    versionId,
    anchor: 'plan',
    body: 'Look here',
  });
  const { tokenId } = await api.enrollmentTokens.create({ environmentId: server.development.id });
  const { invitationId } = await api.invitations.create({
    orgId: server.org.id,
    role: 'viewer',
    name: 'Vi',
    email: 'vi@example.org',
  });
  ids = {
    orgId: server.org.id,
    projectId: server.project.id,
    environmentId: server.development.id,
    draftId: server.draftId,
    versionId,
    baseVersionId: versionId,
    threadId,
    commentId,
    anchor: 'plan',
    bundleId,
    config,
    deploymentId: created.deploymentId,
    approvalId: created.approvalId,
    agentId: agent.id,
    agentIds: [agent.id],
    trialId,
    tokenId,
    invitationId,
    userId: server.owner.id,
    deployment_id: created.deploymentId,
    // A slot of the domain's own form.
    slot: 'orders',
  };
  cookie = await cookieOf(server, server.owner);
}, 120_000);
afterAll(() => server.close());

/** The clock goes on, so that the budgets are whole again. */
function anotherMinute(): void {
  minute += 1;
  if (minute % 20 === 0) server.advance(2);
}

interface Answer {
  statusCode: number;
  body: string;
}

function codeOf(answer: Answer): string {
  const body = JSON.parse(answer.body) as {
    error?: { code?: string; data?: { byteor?: { code: string } } };
  };
  return body.error?.data?.byteor?.code ?? body.error?.code ?? 'none';
}

/** What is wrong with an answer to something hostile, or null. */
function fault(answer: Answer, mustRefuse: boolean): string | null {
  if (answer.statusCode >= 500) return `${answer.statusCode} ${answer.body.slice(0, 300)}`;
  if (answer.statusCode < 400) return mustRefuse ? `taken with ${answer.statusCode}` : null;
  const code = codeOf(answer);
  // `E_…` is the compiler's.
  if (!/^([a-z][a-z0-9_]+|E_[A-Z0-9_]+)$/.test(code))
    return `${answer.statusCode} with the code ${code}`;
  // The database had to refuse what a schema let through: a schema is missing a bound.
  if (code === 'value_not_storable') return 'the database refused it, and no schema';
  return null;
}

async function callProcedure({ path, type }: Procedure, input: unknown): Promise<Answer> {
  anotherMinute();
  const headers = { host: '127.0.0.1:8080', cookie };
  if (type === 'query') {
    const json = encodeURIComponent(written(input));
    return server.app.inject({ url: `/trpc/${path}${json && `?input=${json}`}`, headers });
  }
  return server.app.inject({
    method: 'POST',
    url: `/trpc/${path}`,
    headers: { ...headers, 'content-type': 'application/json' },
    payload: written(input),
  });
}

const onPostgres = Boolean(process.env['BYTEOR_TEST_DATABASE_URL']);
const counts = { judged: 0, sent: 0, refused: 0, refusedAndSent: 0 };

/** What a schema says of a value: null where it takes it, or can't say in time. */
function refusal(schema: z.ZodType, input: unknown): string | null {
  try {
    const { error } = schema.safeParse(arrived(input));
    return error ? JSON.stringify(error.issues) : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** What was said, by the schema, the way inside what it judges, and the value. */
const refusals = new Map<z.ZodType, Map<string, string | null>>();
const alreadySent = new Set<string>();

/** Whether a hostile value at a place says something that nothing did which was sent before. */
function hasToBeSent(
  way: string,
  judge: Judge,
  fits: unknown,
  place: Path,
  hostile: Hostile,
): boolean {
  counts.judged += 1;
  const inside = judge.inside.join('.');
  const said = refusals.get(judge.schema) ?? new Map<string, string | null>();
  refusals.set(judge.schema, said);
  const key = `${inside} ${hostile.name}`;
  let refused = said.get(key);
  const first = refused === undefined;
  if (refused === undefined) {
    const around = place
      .slice(0, place.length - judge.inside.length)
      .reduce((value, part) => (value as Record<string | number, unknown>)[part], fits);
    refused = refusal(judge.schema, withAt(around, judge.inside, hostile.value));
    said.set(key, refused);
  }
  if (refused === null) return first || inside === '';
  counts.refused += 1;
  const answer = `${way} ${hostile.name} ${refused}`;
  if (onPostgres || alreadySent.has(answer)) return false;
  alreadySent.add(answer);
  counts.refusedAndSent += 1;
  return true;
}

/** Faults of all hostile values at all places of a fitting input. */
async function faultsOf(
  way: 'procedure' | 'route',
  name: string,
  schema: z.ZodType | undefined,
  fits: unknown,
  send: (input: unknown) => Promise<Answer>,
  cleaned: RegExp | null = null,
): Promise<string[]> {
  const faults: string[] = [];
  for (const place of placesOf(fits)) {
    const where = place.join('.');
    const judge = schema && judgeOf(schema, place, fits);
    for (const hostile of HOSTILE) {
      if (judge && !hasToBeSent(way, judge, fits, place, hostile)) continue;
      counts.sent += 1;
      const answer = await send(withAt(fits, place, hostile.value));
      const mustRefuse = hostile.unstorable === true && fits !== undefined && !cleaned?.test(where);
      const found = fault(answer, mustRefuse);
      if (found) faults.push(`${name} ${where || '(all)'} = ${hostile.name}: ${found}`);
    }
  }
  return faults;
}

// What can't be undone comes last: each call may change what the others are about.
const order = (path: string) => (/delete|remove|decommission|revoke|withdraw/i.test(path) ? 1 : 0);
const calls = procedures
  .filter(({ type, path }) => type !== 'subscription' && path !== 'session.signOut')
  .sort((a, b) => order(a.path) - order(b.path));

describe('every procedure of the page', () => {
  it.each(calls.map((one) => [one.path, one] as const))('%s', async (_, procedure) => {
    const [input] = procedure.inputs;
    const fits = input ? fitting(input, (field) => ids[field]) : undefined;
    const faults = await faultsOf('procedure', procedure.path, input, fits, (sent) =>
      callProcedure(procedure, sent),
    );
    expect(faults).toEqual([]);
  });
});

describe('every REST route', () => {
  it('takes no hostile body, and no hostile part of a path', async () => {
    const routes = server.routes.filter(
      ({ url, method }) => /^\/v1\/./.test(url) && !url.includes('*') && method !== 'HEAD',
    );
    expect(routes.length).toBeGreaterThan(12);
    const parts: Record<string, string> = {
      org_id: server.org.id,
      project_id: server.project.id,
      environment_id: server.development.id,
      agent_id: agent.id,
      deployment_id: String(ids['deploymentId']),
      trial_id: String(ids['trialId']),
    };
    const faults: string[] = [];
    const deletes = (method: string) => (method === 'DELETE' ? 1 : 0);
    for (const route of routes.sort((a, b) => deletes(a.method) - deletes(b.method))) {
      const enrolling = route.url.endsWith('/agents');
      const secret = enrolling ? 'byteor_enroll_unknown' : agent.key;
      const headers = /agents/.test(route.url)
        ? { host: '127.0.0.1:8080', authorization: `Bearer ${secret}` }
        : { host: '127.0.0.1:8080', cookie };
      const send = (path: Record<string, string>, payload?: string) => {
        anotherMinute();
        const url = route.url.replace(/:(\w+)/g, (_, part: string) => path[part] ?? '');
        return server.app.inject({
          method: route.method as 'GET',
          url,
          headers:
            payload === undefined ? headers : { ...headers, 'content-type': 'application/json' },
          ...(payload === undefined ? {} : { payload }),
        });
      };
      const name = `${route.method} ${route.url}`;
      if (route.body) {
        const fits = fitting(route.body, (field) => (field === 'slots' ? undefined : ids[field]));
        faults.push(
          ...(await faultsOf(
            'route',
            name,
            route.body,
            fits,
            (body) => send(parts, written(body)),
            // What a runtime said is cleaned: it must not stop the report that quotes it.
            /((last|tried)_words\.\d+|message|code|help|error)$/,
          )),
        );
        for (const broken of ['{', '"\\u0000"', '[]', 'null', '\ufeff{}', '{"__proto__": 1}']) {
          const found = fault(await send(parts, broken), false);
          if (found) faults.push(`${name} body ${broken}: ${found}`);
        }
      }
      for (const part of route.url.matchAll(/:(\w+)/g)) {
        for (const hostile of [
          '%00',
          'a%00b',
          '%ff',
          '%ED%A0%80',
          '%',
          '%2e%2e',
          'x'.repeat(5000),
        ]) {
          const answer = await send({ ...parts, [part[1] ?? '']: hostile });
          const found = fault(answer, true);
          if (found) faults.push(`${name} ${part[1]} = ${hostile.slice(0, 20)}: ${found}`);
        }
      }
    }
    expect(faults).toEqual([]);
  }, 240_000);
});

describe('what a runtime says', () => {
  it('is cleaned, and stops no heartbeat', async () => {
    server.advance(2);
    const response = await agent.call('POST', '/heartbeat', {
      protocol_version: 1,
      agent_version: '0.1.0',
      spec_features: ['single_ring'],
      statement_versions: [1, 2],
      allowed_roots: ['/data'],
      key_set_digest: '',
      sent_at: new Date().toISOString(),
      slots: [
        {
          slot: 'orders',
          running: {
            deployment_id: ids['deploymentId'],
            deployment_digest: '',
            epoch: 1,
            bundle_hash: '',
            since: new Date().toISOString(),
          },
          attempted: null,
          snapshot: null,
          last_words: [
            ...Array.from({ length: 60 }, (_, line) => `line ${line}`),
            `zero \0, half \ud800, and ${'long '.repeat(2000)}`,
          ],
        },
      ],
    });
    expect(response.statusCode).toBe(200);
    const shown = await server
      .as(server.owner)
      .deployments.get({ deploymentId: String(ids['deploymentId']) });
    const words = shown.agents[0]?.lastWords ?? [];
    expect(words).toHaveLength(50);
    expect(words.at(-1)).toMatch(/^zero \uFFFD, half \uFFFD, and long/);
    expect(words.at(-1)?.length).toBe(4000);
  });
});

it('sends what reaches a database, on each, and what schemas say of the rest', () => {
  expect(counts.judged).toBeGreaterThan(20_000);
  expect(counts.refused).toBeGreaterThan(15_000);
  expect(counts.sent - counts.refusedAndSent).toBeGreaterThan(2000);
  if (onPostgres) expect(counts.refusedAndSent).toBe(0);
  else expect(counts.refusedAndSent).toBeGreaterThan(1500);
});

it('counts enough budget for what is sent here', () => {
  // Twenty calls between two steps of the clock: far below every budget.
  expect(Math.min(...Object.values(LIMITS).map(({ requests }) => requests))).toBeGreaterThan(20);
});
