/**
 * Invariant: no tenant reads or changes another's rows, and no project's member another project's,
 * whatever ids are held. Enumerated over every procedure and every route: one without a row fails.
 *
 * What is compared: an answer about a foreign thing has to be the answer about a thing that doesn't
 * exist, word by word, in every mixture of own and foreign ids. So nothing tells that it is there.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRPCError } from '@trpc/server';
import { ZodError, type z } from 'zod';
import { ByteorError, errorBody } from '../errors.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { watchEvents } from '../live/watch-events.ts';
import { appRouter } from '../trpc/router.ts';
import {
  addPerson,
  cookieOf,
  loadCaller,
  signedIn,
  startTestServer,
  type Api,
  type TestRoute,
  type TestServer,
} from './harness.ts';
import { fitting } from './hostile.ts';
import { makeWorld, type World } from './world.ts';

/** The weakest role that a procedure admits in the project (`org_admin`: in the organization). */
type Weakest = 'viewer' | 'operator' | 'project_admin' | 'org_admin';
interface Row {
  /** `session`: about the caller's own alone. `nobody`: needs no session. */
  weakest: Weakest | 'session' | 'nobody';
  /** Values of the input that no schema can guess. */
  with?: Record<string, unknown>;
  /** Optional places that this row leaves out. */
  without?: string[];
}

const SETTINGS = {
  selfApproval: true,
  approvalRequired: true,
  credentialLifetimeMinutes: 60,
  approvalWindowMinutes: 60,
  maxInFlight: 5,
};

/** An id later than any: what is older is all that there is. */
const LATEST = 'ffffffff-ffff-7fff-8fff-ffffffffffff';
const MARKS = { marks: [{ anchor: 'stage:a', digest: '0'.repeat(32) }] };

/** By procedure; a second row of one procedure has a word behind it. */
const ROWS: Record<string, Row> = {
  'session.get': { weakest: 'nobody' },
  'session.signIn': { weakest: 'nobody' },
  'session.signOut': { weakest: 'nobody' },
  'workspace.tree': { weakest: 'session' },
  'workspace.create': { weakest: 'session' },
  'workspace.rename': { weakest: 'org_admin' },
  'overview.get': { weakest: 'session' },
  'drafts.list': { weakest: 'viewer' },
  'drafts.get': { weakest: 'viewer' },
  'drafts.create': { weakest: 'operator' },
  'drafts.save': { weakest: 'operator' },
  'drafts.rename': { weakest: 'operator' },
  'drafts.rebase': { weakest: 'operator' },
  'drafts.remove': { weakest: 'operator' },
  'versions.list': { weakest: 'viewer' },
  'versions.get': { weakest: 'viewer' },
  'versions.create': { weakest: 'operator' },
  'versions.promote': { weakest: 'operator' },
  'reviews.get': { weakest: 'viewer' },
  'reviews.comment': {
    weakest: 'viewer',
    with: { anchor: 'plan', line: 1, side: 'to' },
    without: ['suggestion'],
  },
  'reviews.reply': { weakest: 'viewer', without: ['suggestion'] },
  'reviews.editComment': { weakest: 'viewer' },
  'reviews.removeComment': { weakest: 'viewer' },
  'reviews.resolve': { weakest: 'operator' },
  'reviews.finish': { weakest: 'operator' },
  'reviews.setViewed': { weakest: 'viewer', with: MARKS },
  'reviews.applySuggestion': { weakest: 'operator' },
  'reviews.applySuggestion to the draft of the version': {
    weakest: 'operator',
    without: ['draftId'],
  },
  'notifications.list': { weakest: 'session' },
  'notifications.markRead': { weakest: 'session' },
  'bundles.list': { weakest: 'viewer' },
  'bundles.get': { weakest: 'viewer' },
  'bundles.suggest': { weakest: 'viewer' },
  'bundles.create': { weakest: 'operator' },
  'bundles.update': { weakest: 'operator' },
  'connections.try': { weakest: 'operator' },
  'connections.get': { weakest: 'operator' },
  'deployments.list': { weakest: 'viewer' },
  'deployments.get': { weakest: 'viewer' },
  'deployments.numbers': { weakest: 'viewer' },
  'deployments.reports': { weakest: 'viewer', with: { before: LATEST } },
  'deployments.preview': { weakest: 'viewer' },
  'deployments.create': { weakest: 'operator' },
  'deployments.withdraw': { weakest: 'operator' },
  'deployments.abort': { weakest: 'operator' },
  'deployments.rollBack': { weakest: 'operator', without: ['toDeploymentId'] },
  'deployments.goOn': { weakest: 'operator' },
  'deployments.leave': { weakest: 'operator' },
  'slots.stop': { weakest: 'operator', with: { slot: 'pipeline' } },
  'slots.resume': { weakest: 'operator', with: { slot: 'pipeline' } },
  'agents.tryNow': { weakest: 'operator' },
  'approvals.inbox': { weakest: 'session' },
  'approvals.waiting': { weakest: 'session' },
  'approvals.get': { weakest: 'viewer' },
  'approvals.approve': { weakest: 'operator' },
  'approvals.deny': { weakest: 'operator' },
  'approvals.breakGlass': { weakest: 'operator' },
  'approvals.reviewBreakGlass': { weakest: 'operator' },
  'approvals.revoke': { weakest: 'operator' },
  'agents.list': { weakest: 'viewer' },
  'agents.get': { weakest: 'viewer' },
  'agents.rename': { weakest: 'operator' },
  'agents.decommission': { weakest: 'operator' },
  'enrollmentTokens.list': { weakest: 'operator' },
  'enrollmentTokens.create': { weakest: 'operator' },
  'enrollmentTokens.revoke': { weakest: 'operator' },
  'projects.create': { weakest: 'org_admin' },
  'projects.update': { weakest: 'project_admin' },
  'projects.delete': { weakest: 'project_admin' },
  'environments.create': { weakest: 'project_admin', with: { settings: SETTINGS } },
  'environments.update': { weakest: 'project_admin', with: { settings: SETTINGS } },
  'environments.delete': { weakest: 'project_admin' },
  'members.list': { weakest: 'viewer' },
  'members.changeRole': { weakest: 'project_admin', with: { role: 'viewer' } },
  'members.changeRole in the organization': {
    weakest: 'org_admin',
    with: { role: 'viewer' },
    without: ['projectId'],
  },
  'members.remove': { weakest: 'project_admin' },
  'members.remove from the organization': { weakest: 'org_admin', without: ['projectId'] },
  'members.signInLink': { weakest: 'org_admin' },
  'invitations.create': {
    weakest: 'project_admin',
    with: { role: 'viewer', email: 'new@example.org' },
  },
  'invitations.create in the organization': {
    weakest: 'org_admin',
    with: { role: 'viewer', email: 'newer@example.org' },
    without: ['projectId'],
  },
  'invitations.list': { weakest: 'viewer' },
  'invitations.revoke': { weakest: 'project_admin' },
  'invitations.peek': { weakest: 'nobody' },
  'invitations.accept': { weakest: 'nobody' },
  'audit.list': { weakest: 'viewer' },
  'setup.status': { weakest: 'session' },
  'guide.get': { weakest: 'viewer' },
  'live.events': { weakest: 'session' },
};

/** Who asks at each route, and where its ids are judged. */
const ROUTES: Record<string, 'agent' | 'enrollment' | 'person' | 'procedures' | 'open'> = {
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'open',
  'ANY /trpc/:path': 'procedures',
  'GET /api/v1/openapi.json': 'open',
  'POST /v1/orgs/:org_id/projects/:project_id/environments/:environment_id/agents': 'enrollment',
  'POST /v1/agents/:agent_id/heartbeat': 'agent',
  'GET /v1/agents/:agent_id/desired': 'agent',
  'POST /v1/agents/:agent_id/deployments/:deployment_id/status': 'agent',
  'GET /v1/agents/:agent_id/deployments/:deployment_id/bundle': 'agent',
  'GET /v1/agents/:agent_id/connection-trials/:trial_id': 'agent',
  'POST /v1/agents/:agent_id/connection-trials/:trial_id': 'agent',
  'GET /v1/agents/:agent_id/signing-keys': 'agent',
  'GET /v1/orgs': 'person',
  'POST /v1/orgs': 'person',
  'GET /v1/orgs/:org_id': 'person',
  'PUT /v1/orgs/:org_id': 'person',
  'GET /v1/orgs/:org_id/projects': 'person',
  'POST /v1/orgs/:org_id/projects': 'person',
  'GET /v1/orgs/:org_id/projects/:project_id': 'person',
  'PUT /v1/orgs/:org_id/projects/:project_id': 'person',
  'DELETE /v1/orgs/:org_id/projects/:project_id': 'person',
};

type User = { id: string; name: string; email: string };
interface Somebody {
  user: User;
  api: Api;
  cookie: string;
  /** What this person may name. */
  own: World;
}

let server: TestServer;
/** The world that nobody of the others has business with. */
let home: World;
/** Admin of another organization: the strongest stranger there can be. */
let stranger: Somebody;
/** Admin of another project of the same organization. */
let neighbour: Somebody;
const people = {} as Record<Weakest, Somebody>;

beforeAll(async () => {
  server = await startTestServer();
  const owner = server.as(server.owner);
  const somebody = async (user: User, own: World): Promise<Somebody> => ({
    user,
    api: server.as(user),
    cookie: await cookieOf(server, user),
    own,
  });

  home = await makeWorld(
    server,
    owner,
    { id: server.org.id, projectId: server.project.id },
    'home',
  );
  for (const role of ['viewer', 'operator', 'project_admin'] as const) {
    people[role] = await somebody(await addPerson(server, role, role), home);
  }
  people.org_admin = await somebody(server.owner, home);

  const next = await owner.projects.create({ orgId: server.org.id, name: 'Next door' });
  const nextWorld = await makeWorld(
    server,
    owner,
    { id: server.org.id, projectId: next.projectId },
    'nextdoor',
  );
  const ned = await addPerson(server, 'Ned', 'project_admin', next.projectId);
  neighbour = await somebody(ned, nextWorld);

  const mallory = await addPerson(server, 'Mallory', 'viewer', next.projectId);
  const db = server.services.database.client;
  const { orgId } = await owner.workspace.create({ name: 'Elsewhere' });
  const now = server.services.clock.now();
  await db.projectMember.deleteMany({ where: { userId: mallory.id } });
  await db.orgMember.deleteMany({ where: { orgId } });
  await db.orgMember.create({
    data: { orgId, userId: mallory.id, role: 'org_admin', createdAt: now },
  });
  const api = server.as(mallory);
  const { projectId } = await api.projects.create({ orgId, name: 'Far away' });
  const far = await makeWorld(server, api, { id: orgId, projectId }, 'faraway');
  stranger = await somebody(mallory, far);
}, 180_000);
afterAll(() => server.close());

interface Procedure {
  type: 'query' | 'mutation' | 'subscription';
  inputs: z.ZodType[];
}
const procedures = Object.fromEntries(
  Object.entries(appRouter._def.procedures as unknown as Record<string, { _def: Procedure }>).map(
    ([path, { _def }]) => [path, _def],
  ),
);
const pathOf = (row: string): string => row.split(' ')[0] ?? '';

/** An input of a row, with ids of `world` and what else fits. */
function inputOf(row: string, world: World): unknown {
  const [schema] = procedures[pathOf(row)]?.inputs ?? [];
  if (!schema) return undefined;
  const known: Record<string, unknown> = {
    ...world,
    agentIds: [world.agentId],
    notificationIds: [world.notificationId],
    config: {},
    ...ROWS[row]?.with,
  };
  const input = fitting(schema, (field) => known[field]);
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(
    Object.entries(input).filter(([key]) => !ROWS[row]?.without?.includes(key)),
  );
}

/** The ids that an input of a row names, by the keys of a world. */
function idsIn(row: string, world: World): (keyof World)[] {
  const written = JSON.stringify(inputOf(row, world)) ?? '';
  return (Object.keys(world) as (keyof World)[]).filter((key) => written.includes(world[key]));
}

/** What a call came to: its answer, or its refusal. */
async function outcomeOf(api: Api, path: string, input: unknown): Promise<unknown> {
  const [group = '', name = ''] = path.split('.');
  const call = (
    api as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>
  )[group]?.[name];
  if (!call) throw new Error(`no procedure ${path}`);
  try {
    const answer = await call(input);
    if (procedures[path]?.type !== 'subscription') return { answer };
    // A stream: refused at its first step, or waiting for what happens.
    const steps = (answer as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    const first = steps.next().then(() => 'an event');
    const waits = new Promise((resolve) => setTimeout(() => resolve('waits'), 200));
    const answered = await Promise.race([first, waits]);
    first.catch(() => undefined);
    return { answer: answered };
  } catch (error) {
    const cause = error instanceof TRPCError ? error.cause : error;
    if (cause instanceof ByteorError) return { refusal: errorBody(cause) };
    if (cause instanceof ZodError) return { refusal: { code: 'input_invalid' } };
    throw error;
  }
}
const codeIn = (outcome: unknown): string =>
  (outcome as { refusal?: { code: string } }).refusal?.code ?? 'none';

/** The outcome as text, with one word for ids of the other's and one for each instant. */
function withoutIds(outcome: unknown, ids: string[]): string {
  const text = JSON.stringify(outcome, null, 1)
    .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g, '<instant>')
    // The digest of what was asked, and so of the ids in the question.
    .replace(/"digest": "sha256:[0-9a-f]{64}"/g, '"digest": "<digest>"');
  return ids.reduce((left, id) => left.replaceAll(id, '<id>'), text);
}

/** All ways to take some of a list, the empty one left out. */
function choicesOf<T>(list: T[]): T[][] {
  return list
    .reduce<T[][]>((all, item) => [...all, ...all.map((one) => [...one, item])], [[]])
    .slice(1);
}

/** The differences between answers about foreign things and about things that don't exist. */
async function tellsApart(
  who: Somebody,
  row: string,
  foreignKeys: (keyof World)[],
): Promise<string[]> {
  const told: string[] = [];
  for (const foreign of choicesOf(foreignKeys)) {
    const theirs = { ...who.own };
    const nothing = { ...who.own };
    for (const key of foreign) {
      theirs[key] = home[key];
      nothing[key] = uuidv7();
    }
    const ids = foreign.flatMap((key) => [theirs[key], nothing[key]]);
    const path = pathOf(row);
    const absent = withoutIds(await outcomeOf(who.api, path, inputOf(row, nothing)), ids);
    const there = withoutIds(await outcomeOf(who.api, path, inputOf(row, theirs)), ids);
    if (there !== absent)
      told.push(`${row} with their ${foreign.join(', ')}:\n${there}\nnot\n${absent}`);
  }
  return told;
}

// What can't be undone comes last: each call may change what the others are about.
const DESTRUCTIVE = /\.(remove|revoke|withdraw|decommission|delete|decide|signOut)/;
const order = [
  ...Object.keys(ROWS).filter((row) => !DESTRUCTIVE.test(row)),
  ...Object.keys(ROWS).filter((row) => DESTRUCTIVE.test(row) && !/\.delete/.test(row)),
  'environments.delete',
  'projects.delete',
];

describe('the rows', () => {
  it('are one for each procedure', () => {
    expect(new Set(Object.keys(ROWS).map(pathOf))).toEqual(new Set(Object.keys(procedures)));
  });

  it('are one for each route', () => {
    const routes = server.routes
      .filter(({ method, url }) => method !== 'HEAD' && !/^\/api\/v1\/(?!openapi)|\*/.test(url))
      // tRPC's route takes every method, and judges it itself.
      .map(({ method, url }) => `${url.startsWith('/trpc') ? 'ANY' : method} ${url}`);
    expect(new Set(Object.keys(ROUTES))).toEqual(new Set(routes));
  });

  it('hold for both prefixes: the second has the routes of the first', () => {
    const under = (prefix: string) =>
      new Set(
        server.routes
          .filter(({ url }) => url.startsWith(`${prefix}/`) && !url.endsWith('openapi.json'))
          .map(({ method, url }) => `${method} ${url.slice(prefix.length)}`),
      );
    expect(under('/api/v1')).toEqual(under('/v1'));
  });
});

describe.each([
  ['an admin of another organization', () => stranger],
  ['an admin of another project of the organization', () => neighbour],
] as const)('%s', (_, who) => {
  it.each(order)('learns nothing by %s', async (row) => {
    const { own } = who();
    // The organization of a neighbour is the neighbour's own.
    const foreign = idsIn(row, home).filter((key) => own[key] !== home[key]);
    expect(await tellsApart(who(), row, foreign)).toEqual([]);
  });
});

/** What stands for a part of a path or a field of a body. */
const PARTS: Record<string, keyof World> = {
  org_id: 'orgId',
  project_id: 'projectId',
  environment_id: 'environmentId',
  agent_id: 'agentId',
  deployment_id: 'deploymentId',
  trial_id: 'trialId',
};

async function routeOutcome(who: Somebody, route: TestRoute, ids: World): Promise<unknown> {
  const asks = ROUTES[`${route.method} ${route.url}`];
  const headers = {
    host: '127.0.0.1:8080',
    ...(asks === 'person' ? { cookie: who.cookie } : {}),
    ...(asks === 'agent' ? { authorization: `Bearer ${who.own.runtimeKey}` } : {}),
    ...(asks === 'enrollment' ? { authorization: `Bearer ${who.own.enrollmentToken}` } : {}),
  };
  const named = (field: string) => (PARTS[field] ? ids[PARTS[field]] : undefined);
  const answer = await server.app.inject({
    method: route.method as 'GET',
    url: route.url.replace(/:(\w+)/g, (_, part: string) => named(part) ?? ''),
    headers,
    ...(route.body ? { payload: fitting(route.body, named) as object } : {}),
  });
  const body = answer.body.startsWith('{') ? (JSON.parse(answer.body) as object) : answer.body;
  return {
    status: answer.statusCode,
    ...(typeof body === 'object' ? body : { body }),
    request_id: '',
  };
}

describe.each([
  ['an admin of another organization', () => stranger],
  ['an admin of another project of the organization', () => neighbour],
] as const)('%s', (_, who) => {
  const routes = Object.keys(ROUTES).filter((route) => /:/.test(route) && !/trpc/.test(route));
  it.each(routes)('learns and changes nothing by %s', async (name) => {
    // Whole budgets: this is about ids.
    server.advance(2);
    const route = server.routes.find((one) => `${one.method} ${one.url}` === name);
    if (!route) throw new Error(`no route ${name}`);
    const body = route.body ? (JSON.stringify(fitting(route.body, (field) => field)) ?? '') : '';
    const { own } = who();
    const foreignKeys = Object.entries(PARTS)
      .filter(
        ([part, key]) =>
          (name.includes(`:${part}`) || body.includes(`"${part}"`)) && own[key] !== home[key],
      )
      .map(([, key]) => key);
    const db = server.services.database.client;
    const standing = () =>
      Promise.all([
        db.deploymentAgent.findMany({ where: { deploymentId: home.deploymentId } }),
        db.deployment.findMany({ where: { id: home.deploymentId } }),
        db.agent.findMany({ where: { environmentId: home.environmentId } }),
        db.project.findMany({ where: { id: home.projectId } }),
        db.organization.findMany({ where: { id: home.orgId } }),
      ]);
    const before = await standing();
    for (const foreign of choicesOf(foreignKeys)) {
      const theirs = { ...own };
      const nothing = { ...own };
      for (const key of foreign) {
        theirs[key] = home[key];
        nothing[key] = uuidv7();
      }
      const ids = foreign.flatMap((key) => [theirs[key], nothing[key]]);
      const absent = withoutIds(await routeOutcome(who(), route, nothing), ids);
      const there = withoutIds(await routeOutcome(who(), route, theirs), ids);
      expect(there, foreign.join(', ')).toBe(absent);
    }
    expect(await standing()).toEqual(before);
  });
});

describe('what a member of one project gets', () => {
  const reads = order.filter((row) => procedures[pathOf(row)]?.type === 'query');
  it.each(reads)('speaks of that project only: %s', async (row) => {
    const answer = JSON.stringify(
      await outcomeOf(neighbour.api, pathOf(row), inputOf(row, neighbour.own)),
    );
    const theirs = (Object.keys(home) as (keyof World)[]).filter(
      (key) => home[key] !== neighbour.own[key] && answer.includes(home[key]),
    );
    expect(theirs).toEqual([]);
    for (const role of ['viewer', 'operator', 'project_admin'] as const) {
      expect(answer).not.toContain(people[role].user.id);
    }
  });
});

it('a stream tells a member of one project nothing of another, but that something changed', async () => {
  const abort = new AbortController();
  const caller = await loadCaller(server.services.database.client, signedIn(neighbour.user));
  const stream = watchEvents(server.services, caller, {}, abort.signal);
  const told: unknown[] = [];
  const reading = (async () => {
    for await (const event of stream) told.push(event);
  })();
  await expect.poll(() => JSON.stringify(told)).toContain('"hears"');
  const { invitationId } = await people.org_admin.api.invitations.create({
    orgId: home.orgId,
    projectId: home.projectId,
    role: 'viewer',
    name: 'Ida',
    email: 'ida@example.org',
  });
  await people.org_admin.api.drafts.rename({ draftId: home.draftId, name: 'home' });
  await expect.poll(() => JSON.stringify(told)).toContain('"type":"member"');
  abort.abort();
  await reading.catch(() => undefined);
  for (const theirs of [invitationId, home.projectId, home.draftId, home.environmentId]) {
    expect(JSON.stringify(told)).not.toContain(theirs);
  }
});

describe('a role in the project', () => {
  const roles: Weakest[] = ['viewer', 'operator', 'project_admin', 'org_admin'];
  it.each(order.filter((row) => roles.includes(ROWS[row]?.weakest as Weakest)))(
    'is admitted by %s from its row on',
    async (row) => {
      const weakest = ROWS[row]?.weakest as Weakest;
      for (const role of roles.slice(0, roles.indexOf(weakest) + 1)) {
        const code = codeIn(await outcomeOf(people[role].api, pathOf(row), inputOf(row, home)));
        const admitted = !/^(permission_denied|input_invalid|\w+_not_found)$/.test(code);
        expect(`${role}: ${admitted ? 'admitted' : code}`).toBe(
          `${role}: ${role === weakest ? 'admitted' : 'permission_denied'}`,
        );
      }
    },
  );

  it('is on record where a governed step was denied for want of it', async () => {
    const { records } = await server
      .as(server.owner)
      .audit.list({ orgId: server.org.id, limit: 200 });
    const denied = new Set(
      records
        .filter((record) => record.outcome === 'denied' && record.actor.name === 'viewer')
        .map((record) => record.action),
    );
    for (const action of ['deployment.create', 'agent.decommission', 'version.create']) {
      expect(denied).toContain(action);
    }
  });
});

describe('nobody', () => {
  it.each(order)('is asked to sign in by %s', async (row) => {
    const code = codeIn(await outcomeOf(server.as(null), pathOf(row), inputOf(row, home)));
    if (ROWS[row]?.weakest === 'nobody') expect(code).not.toBe('sign_in_required');
    else expect(code).toBe('sign_in_required');
  });
});
