import type { ComponentProps } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import type { TrialReport } from '$lib/compiler';
import TestConnection from './TestConnection.svelte';

type Props = ComponentProps<typeof TestConnection>;

const DIGEST = `sha256:${'a'.repeat(64)}`;
const agent = (more: object = {}) =>
  ({
    id: 'g1',
    name: 'edge-1',
    status: 'online',
    triesConnections: true,
    ...more,
  }) as unknown as Props['agents'][number];
const props = (more: Partial<Props> = {}): Props => ({
  environmentId: 'e1',
  versionId: 'v1',
  config: { v: 1 } as unknown as Props['config'],
  digest: DIGEST,
  agents: [agent()],
  readOnly: undefined,
  ...more,
});

/** Answers of the server by procedure, in the form of its batches. */
function answers(of: Record<string, () => unknown>): string[] {
  const asked: string[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(
      new URL(String(input instanceof Request ? input.url : input), location.href),
    );
    const paths = new URL(request.url).pathname.replace(/^.*\/trpc\//, '').split(',');
    asked.push(...paths, ...(init?.body ? [String(init.body)] : []));
    const body = paths.map((path) => ({ result: { data: of[path]?.() } }));
    return Promise.resolve(
      new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } }),
    );
  });
  return asked;
}

const trial = (state: string, report: TrialReport | null, configDigest = DIGEST) => ({
  id: 't1',
  agent: { id: 'g1', name: 'edge-1' },
  configDigest,
  createdAt: new Date().toISOString(),
  answeredAt: null,
  state,
  report,
});
const report: TrialReport = {
  outcome: 'tried',
  at: new Date().toISOString(),
  steps: [
    {
      side: 'source',
      step: 'connect',
      state: 'worked',
      millis: 3,
      message: 'it takes connections',
    },
    {
      side: 'source',
      step: 'find',
      state: 'failed',
      millis: 1200,
      code: 'E_TRIAL_FIND',
      message: 'the topic order isn’t there',
      help: 'correct the name in the config',
    },
    {
      side: 'sink',
      step: 'authenticate',
      state: 'held_back',
      millis: 0,
      message: 'the secret was not sent',
      help: 'ask for the deployment',
    },
  ],
};

afterEach(() => vi.restoreAllMocks());

it('shows each step with its time, and for what failed what to do', async () => {
  const asked = answers({
    'connections.try': () => ({ trialId: 't1', agentName: 'edge-1', configDigest: DIGEST }),
    'connections.get': () => trial('answered', report),
  });
  const page = await render(TestConnection, props());
  await page.getByRole('button', { name: 'Test connection' }).click();
  await expect.element(page.getByText('1 of 3 steps failed')).toBeVisible();
  const source = page.getByRole('region', { name: 'Where records come from' });
  await expect.element(source.getByText('1,200 ms')).toBeVisible();
  await expect.element(source.getByText('correct the name in the config')).toBeVisible();
  await expect.element(source.getByText('E_TRIAL_FIND')).toBeVisible();
  const sink = page.getByRole('region', { name: 'Where records go' });
  await expect.element(sink.getByText('Held back')).toBeVisible();
  expect(sink.element().textContent).not.toContain(' ms');
  expect(asked.join(' ')).toContain('"agentId":"g1"');
});

it('says that the fields were changed since, and that nobody answered', async () => {
  let answer = trial('answered', report, `sha256:${'b'.repeat(64)}`);
  answers({
    'connections.try': () => ({ trialId: `t${Math.random()}`, agentName: 'edge-1' }),
    'connections.get': () => answer,
  });
  const page = await render(TestConnection, props());
  const button = page.getByRole('button', { name: 'Test connection' });
  await button.click();
  await expect
    .element(page.getByText('The fields were changed since: this is about what they were.'))
    .toBeVisible();
  answer = trial('unanswered', null);
  await button.click();
  await expect.element(page.getByText('edge-1 didn’t answer')).toBeVisible();
  answer = trial('answered', {
    outcome: 'refused',
    code: 'E_TRIAL_EXPIRED',
    message: 'The request expired.',
    steps: [],
    at: report.at,
  });
  await button.click();
  await expect.element(page.getByText('edge-1 doesn’t try it')).toBeVisible();
  await expect.element(page.getByText('The request expired.')).toBeVisible();
});

it.each<[string, Partial<Props>, string]>([
  ['no agent is there', { agents: [] }, 'No agent of this environment is enrolled.'],
  ['it isn’t online', { agents: [agent({ status: 'offline' })] }, 'edge-1 isn’t online.'],
  [
    'it is too old',
    { agents: [agent({ triesConnections: false })] },
    'edge-1 can’t try connections: update it.',
  ],
  ['the fields are no bundle', { digest: undefined }, 'The fields aren’t a config bundle yet.'],
  ['one may only look', { readOnly: 'You may only look.' }, 'You may only look.'],
])('can’t be asked where %s, and says so', async (_, more, words) => {
  const asked = answers({});
  const page = await render(TestConnection, props(more));
  await expect.element(page.getByText(words)).toBeVisible();
  await expect
    .element(page.getByRole('button', { name: 'Test connection' }))
    .toHaveAttribute('aria-disabled', 'true');
  expect(asked).toEqual([]);
});
