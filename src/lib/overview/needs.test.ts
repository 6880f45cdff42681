import { describe, expect, it } from 'vitest';
import type { Outputs } from '$lib/api';
import { needsOf } from './needs';
import { rateWords } from './numbers';
import { slotRows } from './slots';

type Overview = Outputs['overview']['get'];
type Deployment = Overview['environments'][number]['deployments'][number];

const now = Date.parse('2026-11-29T10:00:00Z');
const instant = (minutes: number) => new Date(now + minutes * 60_000).toISOString();
const trouble = (change: object) => ({
  agentId: 'a',
  agentName: 'edge-1',
  kind: 'fell_back',
  since: instant(-5),
  code: 'E_RUNTIME_START',
  message: 'no such host',
  tries: 2,
  nextTryAt: instant(3),
  lastWords: [],
  ...change,
});
const health = (kind: string, troubles: object[]) => [
  {
    afterMs: 0,
    health: { kind, running: 0, finished: 0, of: 1, since: instant(-5), troubles },
  },
];
const deployment = (id: string, change: object = {}): Deployment =>
  ({
    id,
    slot: 'orders',
    version: { id: 'v', number: 14, name: 'n', specHash: 'h' },
    state: 'active',
    health: health('running', []),
    agents: [{ id: 'a', name: 'edge-1' }],
    failure: null,
    supersededAt: null,
    stateSince: instant(-9),
    leftAt: null,
    paused: false,
    ...change,
  }) as unknown as Deployment;
const overview = (deployments: Deployment[], more: object = {}): Overview =>
  ({
    environments: [
      { id: 'e', name: 'production', projectId: 'p', deployments, agents: [], ...more },
    ],
    drafts: { total: 0, shown: [] },
    recent: [],
  }) as unknown as Overview;
const entry = (change: object = {}) =>
  ({
    id: 'ap',
    slot: 'payments',
    version: { number: 8 },
    environment: { name: 'production' },
    requestedBy: { name: 'Ana' },
    comment: '',
    capabilities: [],
    expiresAt: instant(50),
    refusal: null,
    ...change,
  }) as unknown as Outputs['approvals']['inbox'][number];

describe('what needs somebody', () => {
  it('claims nothing of an agent that is silent', () => {
    const [need] = needsOf(
      overview([
        deployment('one', { health: health('degraded', [trouble({ kind: 'unproved' })]) }),
      ]),
      [],
      { id: 'me' },
      now,
    );
    expect(need?.title).toBe('orders v14 in production: nothing proves that it runs on edge-1');
  });

  it('is what doesn’t run before what waits, and what expires soon before what doesn’t', () => {
    const needs = needsOf(
      overview([
        deployment('silent', { health: health('unproved', [trouble({ kind: 'unproved' })]) }),
        deployment('down', { health: health('not_running', [trouble({})]) }),
        deployment('fine'),
      ]),
      [
        entry(),
        entry({ id: 'soon', expiresAt: instant(5) }),
        entry({ id: 'not mine', refusal: 'permission_denied' }),
      ],
      { id: 'me' },
      now,
    );
    expect(needs.map(({ id }) => id)).toEqual(['down', 'soon', 'silent', 'ap']);
  });

  it('says what is stuck, why, and what happens next by itself', () => {
    const [need] = needsOf(
      overview([deployment('down', { health: health('not_running', [trouble({})]) })]),
      [],
      { id: 'me' },
      now,
    );
    expect(need).toMatchObject({
      title: 'orders v14 in production doesn’t run',
      text: 'It started on edge-1 and failed its health: The pipeline couldn’t be started on the host.',
      next: { what: 'next try', at: instant(3) },
    });
  });

  it('is a rollout that an agent’s trouble pauses, and no failure that somebody left as it is', () => {
    const needs = needsOf(
      overview([
        deployment('stuck', {
          state: 'deploying',
          paused: true,
          health: health('degraded', [trouble({})]),
        }),
        deployment('left', { state: 'failed', leftAt: instant(-1), health: [] }),
        deployment('failed', { state: 'failed', health: [] }),
      ]),
      [],
      { id: 'me' },
      now,
    );
    expect(needs.map(({ id, title, action }) => [id, title, action])).toEqual([
      ['stuck', 'The rollout of orders v14 in production is paused by edge-1', 'Decide'],
      ['failed', 'orders v14 in production failed', 'Look'],
    ]);
  });

  it('is an agent that is silent only where nothing is wanted of it', () => {
    const agents = [
      { id: 'a', name: 'edge-1', status: 'offline', lastHeartbeatAt: instant(-9) },
      { id: 'b', name: 'edge-2', status: 'offline', lastHeartbeatAt: instant(-9) },
    ];
    const needs = needsOf(overview([deployment('fine')], { agents }), [], { id: 'me' }, now);
    expect(needs.map(({ title }) => title)).toEqual(['Agent edge-2 is silent']);
  });

  it('is one’s own draft with errors, and nobody else’s', () => {
    const draft = (id: string, by: string) => ({
      id,
      name: id,
      environment: { id: 'e', name: 'development' },
      checked: { errors: 2, warnings: 0 },
      basedOn: null,
      updatedBy: { id: by, name: by },
      updatedAt: instant(-60),
    });
    const board = {
      ...overview([]),
      drafts: { total: 2, shown: [draft('mine', 'me'), draft('theirs', 'you')] },
    } as unknown as Overview;
    expect(needsOf(board, [], { id: 'me' }, now).map(({ title }) => title)).toEqual([
      'Your draft mine has 2 errors',
    ]);
  });
});

it('slots differ where active deployments of two environments have other specs', () => {
  const of = (id: string, specHash: string, change = {}) =>
    deployment(id, { version: { id, number: 1, name: 'n', specHash }, ...change });
  const environments = (there: Deployment) =>
    [
      { id: 'dev', deployments: [of('one', 'h1')] },
      { id: 'prod', deployments: [there] },
    ] as unknown as Overview['environments'];
  expect(slotRows(environments(of('two', 'h2')))[0]?.drift?.from.id).toBe('two');
  expect(slotRows(environments(of('two', 'h1')))[0]?.drift).toBeNull();
  expect(slotRows(environments(of('two', 'h2', { state: 'failed' })))[0]?.drift).toBeNull();
});

it.each([
  [0, '0'],
  [0.01, '<0.1/s'],
  [2.04, '2/s'],
  [310.4, '310/s'],
  [8420, '8.42k/s'],
  [12_400, '12.4k/s'],
  [999_600, '1.00M/s'],
])('a rate of %d is told as %s', (perSecond, words) => expect(rateWords(perSecond)).toBe(words));
