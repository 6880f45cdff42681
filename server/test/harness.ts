/** A whole control plane in the test's process, with a clock that the test moves. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import pino from 'pino';
import { inject } from 'vitest';
import type { z } from 'zod';
import { createApp } from '../app.ts';
import { loadCaller } from '../caller.ts';
import { readConfig } from '../config.ts';
import type { OrgRole, ProjectRole } from '../domain/permissions/roles.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { ByteorError } from '../errors.ts';
import { jobHandlers } from '../jobs/handlers.ts';
import { openServices } from '../open-services.ts';
import type { EmbeddedOptions, PostgresOptions } from '../providers/database.ts';
import type { HeldSession, SignedInUser } from '../providers/identity.ts';
import { OWNER_EMAIL, seedFirstStart } from '../seed/first-start.ts';
import type { Services } from '../services.ts';
import { openSession } from '../session/open-session.ts';
import { appRouter } from '../trpc/router.ts';

const BASE_URL = 'http://127.0.0.1:8080';

export type Api = ReturnType<typeof appRouter.createCaller>;

export interface TestPerson {
  id: string;
  name: string;
  email: string;
}

/** A person in a session: by a link of the host, unless `session` says otherwise. */
export function signedIn(
  { id, name, email }: TestPerson,
  session: Partial<HeldSession> = {},
): SignedInUser {
  const held = { id: uuidv7(), method: 'host_link', shownTo: [], orgIds: [], ...session } as const;
  return { id, name, email, session: held };
}

export interface TestRoute {
  method: string;
  url: string;
  body: z.ZodType | undefined;
}

export interface TestServer {
  services: Services;
  app: FastifyInstance;
  /** Every route of the app, in the order in which they were added. */
  routes: TestRoute[];
  /** Moves the clock. */
  advance(minutes: number): void;
  /** Procedures as a person, in a session that proves the person or one like `session`; `null` is nobody. */
  as(user: TestPerson | null, session?: Partial<HeldSession>): Api;
  owner: TestPerson;
  org: { id: string };
  project: { id: string };
  development: { id: string };
  production: { id: string };
  draftId: string;
  /** Runs what the queue holds, as the worker would. */
  runJobs(): Promise<void>;
  close(): Promise<void>;
}

/** Where this run's databases are: a throw-away PGlite, or a schema of its own in PostgreSQL. */
function testDatabase(): { options: EmbeddedOptions | PostgresOptions; drop: () => Promise<void> } {
  const url = process.env['BYTEOR_TEST_DATABASE_URL'];
  if (!url) {
    const path = inject('pgliteTemplate') as string | undefined;
    const template = path ? { template: new Blob([readFileSync(path)]) } : {};
    return {
      options: { kind: 'embedded', folder: 'memory', ...template },
      drop: async () => undefined,
    };
  }
  const schema = `t_${uuidv7().replaceAll('-', '')}`;
  return {
    options: { kind: 'postgres', url, schema },
    async drop() {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await client.query(`DROP SCHEMA IF EXISTS "${schema}_jobs" CASCADE`);
      await client.end();
    },
  };
}

export async function startTestServer(): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'byteor-test-'));
  let offset = 0;
  const database = testDatabase();
  const { services, close } = await openServices({
    config: readConfig({ BYTEOR_DATA_DIR: dataDir, BYTEOR_CLOUD_LOCAL_AGENTS: 'false' }, []),
    baseUrl: BASE_URL,
    log: pino({ level: process.env['BYTEOR_TEST_LOG'] ?? 'silent' }),
    clock: { now: () => new Date(Date.now() + offset) },
    database: database.options,
  });
  await seedFirstStart(services);
  const routes: TestRoute[] = [];
  const app = await createApp({
    services,
    loopbackOnly: true,
    page: null,
    onRoute: ({ method, url, schema }) => {
      for (const one of [method].flat()) {
        routes.push({ method: one, url, body: schema?.body as z.ZodType | undefined });
      }
    },
  });
  await app.ready();
  const db = services.database.client;
  const owner = await db.user.findUniqueOrThrow({ where: { email: OWNER_EMAIL } });
  const org = await db.organization.findFirstOrThrow();
  const project = await db.project.findFirstOrThrow();
  const environments = await db.environment.findMany({ orderBy: { createdAt: 'asc' } });
  const draft = await db.draft.findFirstOrThrow();
  const named = (posture: string) => {
    const found = environments.find((environment) => environment.posture === posture);
    if (!found) throw new Error(`no ${posture} environment was seeded`);
    return found;
  };
  const handlers = jobHandlers(services);

  return {
    services,
    app,
    routes,
    advance: (minutes) => {
      offset += minutes * 60_000;
    },
    as: (user, session) =>
      appRouter.createCaller({
        services,
        headers: new Headers(),
        user: user && signedIn(user, session),
        setCookies: () => undefined,
      }),
    owner,
    org,
    project,
    development: named('dev'),
    production: named('prod'),
    draftId: draft.id,
    async runJobs() {
      const waiting = await db.deployment.findMany({
        where: { state: { in: ['approved', 'building'] } },
      });
      for (const { id, orgId } of waiting) {
        await handlers.run.deploy_bundle_build(
          { orgId, deploymentId: id },
          { retries: 0, last: false },
        );
      }
    },
    async close() {
      await app.close();
      await close();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A proven session of a person, as a Cookie header. */
export async function cookieOf(server: TestServer, user: TestPerson): Promise<string> {
  const { database, clock, identity } = server.services;
  const token = await database.transact((db) =>
    openSession(db, { userId: user.id, method: 'host_link', shownTo: [], orgIds: [] }, clock.now()),
  );
  return identity.cookieFor(token).split(';')[0] ?? '';
}

/** Somebody's browser: calls over HTTP, as the page makes them, and the cookies that it was given. */
export function openBrowser(server: TestServer) {
  const jar = new Map<string, string>();
  const call = async <Answer = unknown>(
    kind: 'query' | 'mutation',
    procedure: string,
    input?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ code: string; answer: Answer }> => {
    const json = input === undefined ? '' : JSON.stringify(input);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await server.app.inject({
      method: kind === 'query' ? 'GET' : 'POST',
      url: `/trpc/${procedure}${kind === 'query' && json ? `?input=${encodeURIComponent(json)}` : ''}`,
      headers: {
        host: '127.0.0.1:8080',
        ...(cookie ? { cookie } : {}),
        ...(kind === 'mutation' ? { 'content-type': 'application/json', origin: BASE_URL } : {}),
        ...headers,
      },
      ...(kind === 'mutation' ? { payload: json } : {}),
    });
    for (const set of [response.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = '', rest = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(set) ?? [];
      if (/Max-Age=0(;|$)/.test(rest)) jar.delete(name);
      else jar.set(name, value);
    }
    const body = response.json<{
      error?: { data?: { byteor?: { code: string } } };
      result?: { data: Answer };
    }>();
    return {
      code: body.error ? (body.error.data?.byteor?.code ?? 'internal') : 'none',
      answer: body.result?.data as Answer,
    };
  };
  return {
    call,
    jar,
    /** The token of the session, as the cookie holds it. */
    token: () => [...jar.values()][0] ?? '',
    /** Opens a link of ours with a click. */
    open: (link: string) => {
      const token = new URL(link).hash.slice(1);
      return link.includes('/invite')
        ? call('mutation', 'invitations.accept', { token })
        : call('mutation', 'session.signIn', { token });
    },
    whoAmI: async () =>
      (
        await call<{ user: { id: string; email: string; proven: boolean } | null }>(
          'query',
          'session.get',
        )
      ).answer.user,
  };
}

/** The code that a refused call carries. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : null;
    if (cause instanceof ByteorError) return cause.code;
    throw error;
  }
  return 'none';
}

/** A further person with one role. */
export async function addPerson(
  server: TestServer,
  name: string,
  role: 'org_admin' | 'project_admin' | 'operator' | 'viewer',
  projectId: string | null = server.project.id,
  orgId: string = server.org.id,
) {
  const { client: db } = server.services.database;
  const now = server.services.clock.now();
  const user = await db.user.create({
    data: { id: uuidv7(), name, email: `${uuidv7()}@example.org` },
  });
  if (role === 'org_admin' || projectId === null) {
    await db.orgMember.create({
      data: { orgId, userId: user.id, role: role as OrgRole, createdAt: now },
    });
  } else {
    await db.projectMember.create({
      data: {
        orgId,
        projectId,
        userId: user.id,
        role: role as ProjectRole,
        createdAt: now,
      },
    });
  }
  return user;
}

export { loadCaller };

interface AgentOptions {
  features?: string[];
  roots?: string[];
  name?: string;
  /** The address that it comes from. */
  peer?: string;
  /** Who makes the token, and where; the owner in the seeded project at first. */
  api?: Api;
  orgId?: string;
  projectId?: string;
}

/** An agent that speaks the protocol over REST, without a runtime behind it. */
export async function enrollTestAgent(
  server: TestServer,
  environmentId: string,
  options: AgentOptions = {},
) {
  const { api = server.as(server.owner) } = options;
  const { orgId = server.org.id, projectId = server.project.id } = options;
  const { token } = await api.enrollmentTokens.create({ environmentId });
  const answer = await server.app.inject({
    method: 'POST',
    url: `/api/v1/orgs/${orgId}/projects/${projectId}/environments/${environmentId}/agents`,
    ...(options.peer ? { remoteAddress: options.peer } : {}),
    headers: { authorization: `Bearer ${token}`, host: '127.0.0.1:8080' },
    payload: {
      name: options.name ?? 'agent',
      host_name: 'host',
      agent_version: '0.1.0',
      protocol_version: 1,
      spec_features: options.features ?? ['single_ring'],
      statement_versions: [1, 2],
      allowed_roots: options.roots ?? ['/data'],
    },
  });
  if (answer.statusCode !== 201) throw new Error(answer.body);
  const body = answer.json<{ agent_id: string; runtime_key: string }>();
  const call = (
    method: 'GET' | 'POST',
    path: string,
    payload?: Record<string, unknown>,
    key = body.runtime_key,
  ) =>
    server.app.inject({
      method,
      url: `/api/v1/agents/${body.agent_id}${path}`,
      headers: { authorization: `Bearer ${key}`, host: '127.0.0.1:8080' },
      ...(payload ? { payload } : {}),
    });
  return {
    id: body.agent_id,
    key: body.runtime_key,
    token,
    call,
    heartbeat: async (
      slots: Record<string, unknown>[] = [],
      more: Record<string, unknown> = {},
    ) => {
      const response = await call('POST', '/heartbeat', {
        protocol_version: 1,
        agent_version: '0.1.0',
        spec_features: options.features ?? ['single_ring'],
        statement_versions: [1, 2],
        allowed_roots: options.roots ?? ['/data'],
        key_set_digest: '',
        sent_at: new Date().toISOString(),
        slots,
        ...more,
      });
      if (response.statusCode !== 200) throw new Error(response.body);
      return response.json<{
        desired: {
          slot: string;
          deployment_id: string;
          epoch: number;
          bundle_hash: string;
          state: string;
        }[];
        desired_digest: string;
      }>();
    },
    status: (deploymentId: string, epoch: number, phase: string, code?: string) =>
      call('POST', `/deployments/${deploymentId}/status`, {
        epoch,
        phase,
        at: new Date().toISOString(),
        ...(code ? { code, message: `refused: ${code}` } : {}),
      }),
  };
}

export type TestAgent = Awaited<ReturnType<typeof enrollTestAgent>>;

/** A version of the sample draft in development. */
export async function makeVersion(server: TestServer, text?: string) {
  const api = server.as(server.owner);
  const { compiler } = server.services;
  let draft = await api.drafts.get({ draftId: server.draftId });
  if (text !== undefined) {
    await api.drafts.save({
      draftId: draft.id,
      baseRevision: draft.revision,
      text,
      target: draft.target,
      layout: {},
      compilerVersion: compiler.version,
    });
    draft = await api.drafts.get({ draftId: server.draftId });
  }
  const compiled = compiler.compile(draft.text, draft.target);
  return api.versions.create({
    draftId: draft.id,
    revision: draft.revision,
    expectedSpecHash: compiled.report?.spec_hash ?? '',
    compilerVersion: compiler.version,
  });
}

/** A bundle with its files under /data. */
export async function makeBundle(
  server: TestServer,
  environmentId: string,
  versionId: string,
  name = 'a',
) {
  const api = server.as(server.owner);
  const { config } = await api.bundles.suggest({ environmentId, versionId });
  return api.bundles.create({
    environmentId,
    versionId,
    name,
    config: {
      ...config,
      ingress: { ...config.ingress, path: `/data/${name}.in` },
      egress: { ...config.egress, path: `/data/${name}.out` },
      reject: { path: `/data/${name}.rejected` },
    },
  });
}

/** Something to ask for in production: a version that was promoted, a bundle of it, and an agent. */
export async function makeChoice(server: TestServer) {
  const agent = await enrollTestAgent(server, server.production.id);
  const development = await makeVersion(server);
  const { versionId } = await server.as(server.owner).versions.promote({
    versionId: development.versionId,
    environmentId: server.production.id,
  });
  const { bundleId } = await makeBundle(server, server.production.id, versionId);
  return { agent, development, choice: { versionId, bundleId, agentIds: [agent.id] } };
}

/** The same deployment with another digest, so that no earlier yes is kept for it. */
export function askedAnew<Choice extends object>(choice: Choice) {
  asked += 1;
  return { ...choice, rollout: { pauseSeconds: asked } };
}
let asked = 0;

/** Requests a deployment of what the preview shows; nobody said yes to it before. */
export async function deploy(
  server: TestServer,
  choice: { versionId: string; bundleId: string; agentIds: string[]; slot?: string },
  user = server.owner,
) {
  const api = server.as(user);
  const anew = askedAnew(choice);
  const preview = await api.deployments.preview(anew);
  return api.deployments.create({ ...anew, expectedDigest: preview.digest ?? '', comment: '' });
}

/** Takes everything back that is asked for or on its way. */
export async function clearTheWay(server: TestServer) {
  const { client: db } = server.services.database;
  const open = await db.deployment.findMany({
    where: { state: { in: ['pending_approval', 'approved', 'building', 'deploying'] } },
  });
  const { deployments } = server.as(server.owner);
  for (const { id: deploymentId, state } of open) {
    const shipped = state === 'building' || state === 'deploying';
    if (shipped) await deployments.abort({ deploymentId, reason: 'the next test begins' });
    else await deployments.withdraw({ deploymentId });
  }
}

/** Decides as a reviewer does who has just looked at the approval and its comparison. */
export async function decide(
  server: TestServer,
  user: TestServer['owner'],
  created: { approvalId: string; digest: string },
  decision: 'approve' | 'deny' = 'approve',
) {
  const { approvalId, digest } = created;
  const { approvals } = server.as(user);
  const about = { approvalId, digest, comment: 'because' };
  if (decision === 'deny') return approvals.deny(about);
  const { basis } = await approvals.get({ approvalId });
  return approvals.approve({ ...about, basis });
}
