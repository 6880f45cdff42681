import { request as httpRequest } from 'node:http';
import { expect, test, type Page } from 'playwright/test';
import { signIn } from './pages/index.ts';
import { startApp, type App } from './support/app.ts';
import { call, must } from './support/trpc.ts';

let app: App;
let page: Page;
let place: Awaited<ReturnType<typeof enter>>;
test.beforeAll(async ({ browser }) => {
  app = await startApp({ agents: false });
  page = await browser.newPage();
  // Once: the link works once, and guessing spends what signing in would need.
  place = await enter(page);
});
test.afterAll(async () => {
  await page.close();
  await app.stop();
});

interface Tree {
  orgs: {
    id: string;
    projects: { id: string; environments: { id: string; posture: string }[] }[];
  }[];
}

async function enter(page: Page) {
  await signIn(page, app.signInLink);
  const [org] = (await must<Tree>(page, 'query', 'workspace.tree')).orgs;
  const project = org?.projects[0];
  const environment = project?.environments.find(({ posture }) => posture === 'dev');
  if (!org || !project || !environment) throw new Error('no workspace was seeded');
  return { org, project, environment };
}

async function enroll(
  page: Page,
  path: string,
  environmentId: string,
  body = '{"name":"by hand"}',
) {
  const { token } = await must<{ token: string }>(page, 'mutation', 'enrollmentTokens.create', {
    environmentId,
  });
  return fetch(`${app.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  });
}

/** Sends bytes as they are: `fetch` would mend the address. */
function sendRaw(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(app.url);
    const sent = httpRequest({ hostname, port, path }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('whatever is sent, the server says what is wrong with it and goes on', async () => {
  const { org, project, environment } = place;
  const environmentId = environment.id;

  for (const name of ['a\0b', '\ud800', 'invoice\u202Efdp.exe', '\u200b\u2060', '']) {
    expect((await call(page, 'mutation', 'drafts.create', { environmentId, name })).code).toBe(
      'input_invalid',
    );
  }
  const draft = await must<{ draftId: string }>(page, 'mutation', 'drafts.create', {
    environmentId,
    name: 'می‌خواهم 👩🏽‍🚀',
  });
  for (const baseRevision of [2 ** 31, 2 ** 53, -1, 1.5, 'one']) {
    const save = { ...draft, baseRevision, text: '', target: 'single_ring', layout: {} };
    const { code } = await call(page, 'mutation', 'drafts.save', { ...save, compilerVersion: '' });
    expect(code, String(baseRevision)).toBe('input_invalid');
  }

  for (const path of [
    '/api/v1/agents/%00/signing-keys',
    '/v1/orgs/%ff',
    '/trpc/%ff',
    '/v1/orgs/%',
  ]) {
    const answer = await sendRaw(path);
    expect(answer.status, path).toBeGreaterThanOrEqual(400);
    expect(answer.status, path).toBeLessThan(500);
  }

  const agents = `/orgs/${org.id}/projects/${project.id}/environments/${environmentId}/agents`;
  const enrolled = await enroll(page, agents, environmentId);
  expect(enrolled.status).toBe(201);
  const agent = (await enrolled.json()) as { agent_id: string; runtime_key: string };
  const heartbeat = await fetch(`${app.url}/v1/agents/${agent.agent_id}/heartbeat`, {
    method: 'POST',
    headers: { authorization: `Bearer ${agent.runtime_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      protocol_version: 1,
      agent_version: '0.1.0',
      spec_features: [],
      allowed_roots: [],
      key_set_digest: '',
      sent_at: new Date().toISOString(),
      slots: [
        {
          slot: 'orders',
          running: null,
          attempted: null,
          snapshot: null,
          last_words: ['said \0 and \ud800', 'x'.repeat(100_000)],
        },
      ],
    }),
  });
  expect(heartbeat.status, await heartbeat.text()).toBe(200);

  const other = (await (await enroll(page, agents, environmentId)).json()) as { agent_id: string };
  const knocked = await fetch(`${app.url}/v1/agents/${other.agent_id}/signing-keys`, {
    headers: { authorization: `Bearer ${agent.runtime_key}` },
  });
  expect(knocked.status).toBe(401);
  expect(((await knocked.json()) as { error: { code: string } }).error.code).toBe(
    'runtime_key_other_agent',
  );
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
});

test('a person has so many live streams, and closing one makes room', async () => {
  const cookie = (await page.context().cookies())
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
  const open = async () => {
    const abort = new AbortController();
    const answer = await fetch(`${app.url}/trpc/live.events?input={}`, {
      headers: { cookie },
      signal: abort.signal,
    });
    return { abort, answer };
  };
  /** What a stream says when it ends at once, or that it stays. */
  const endOf = async ({ abort, answer }: Awaited<ReturnType<typeof open>>, patience: number) => {
    const stays = new Promise<string>((resolve) => setTimeout(() => resolve('stays'), patience));
    const end = await Promise.race([answer.text().catch(() => 'cut'), stays]);
    abort.abort();
    return end;
  };
  // The page's own stream is one of them.
  const streams = await Promise.all(Array.from({ length: 19 }, open));
  expect(await endOf(await open(), 10_000)).toContain('too_many_streams');
  streams[0]?.abort.abort();
  await expect.poll(async () => endOf(await open(), 1000)).toBe('stays');
  for (const { abort } of streams) abort.abort();
});

test('guessing sign-in links and enrollment tokens is slowed down, under all prefixes together', async () => {
  const guess = () =>
    fetch(`${app.url}/trpc/session.signIn`, {
      method: 'POST',
      // What the client says of its address counts for nothing.
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': `192.0.2.${Math.floor(Math.random() * 250)}`,
      },
      body: JSON.stringify({ token: 'byteor_guess' }),
    });
  const statuses: number[] = [];
  for (let index = 0; index < 40; index += 1) statuses.push((await guess()).status);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(8);
  expect(statuses.slice(0, 20)).not.toContain(429);

  const path = `/orgs/${crypto.randomUUID()}/projects/${crypto.randomUUID()}/environments/${crypto.randomUUID()}/agents`;
  const enrolments: Response[] = [];
  for (let index = 0; index < 40; index += 1) {
    const prefix = index % 2 ? '/v1' : '/api/v1';
    enrolments.push(
      await fetch(`${app.url}${prefix}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer byteor_enroll_guess${index}` },
      }),
    );
  }
  const refused = enrolments.filter((answer) => answer.status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(8);
  for (const answer of refused) {
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
  }
});
