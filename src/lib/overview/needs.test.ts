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
    health: { kind, running: 0, finished: 0, of: 1, runsOn: [], since: instant(-5), troubles },
  },
];
const deployment = (id: string, change: object = {}): Deployment =>
  ({
    id,
    slot: 'orders',
    version: { id: 'v', number: 14, name: 'n', specHash: 'h' },
    bundle: { id: 'b', number: 1, name: 'b' },
    held: false,
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
  it('tells of a server that doesn’t answer, though all that should run does', () => {
    const [down] = health('strained', []);
    const peer = { agentId: 'a', agentName: 'edge-1', side: 'sink', kind: 'websocket' };
    const peers = [{ ...peer, since: instant(-2), failures: 7, error: 'refuses connections' }];
    const strained = [{ ...down, health: { ...down?.health, pressures: [], peers } }];
    const [need] = needsOf(
      overview([deployment('one', { health: strained })]),
      [],
      { id: 'me' },
      now,
    );
    expect(need).toMatchObject({
      title: 'orders v14 in production: records can’t be delivered',
      text: 'What they go to (websocket) doesn’t answer edge-1: it refuses connections. It is tried again by itself.',
      at: instant(-2),
    });
  });

  it('is glass that somebody broke, for who may review it', () => {
    const broken = {
      decidedByName: 'Olga',
      decidedAt: instant(-3),
      refusal: 'approval_not_pending',
    };
    const needs = needsOf(
      overview([]),
      [entry({ ...broken, mayReview: true }), entry({ ...broken, id: 'own', mayReview: false })],
      { id: 'me' },
      now,
    );
    expect(needs).toMatchObject([
      {
        title: 'Olga broke the glass for payments v8 in production',
        href: '/approvals/ap',
        action: 'Review',
        at: instant(-3),
      },
    ]);
  });

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
      next: { what: 'Next try', at: instant(3) },
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
    const draft = (id: string, by: string, errors = 2, empty = false) => ({
      id,
      name: id,
      environment: { id: 'e', name: 'development' },
      empty,
      checked: { errors, warnings: 0 },
      basedOn: null,
      updatedBy: { id: by, name: by },
      updatedAt: instant(-60),
    });
    const board = {
      ...overview([]),
      drafts: {
        total: 4,
        shown: [
          draft('mine', 'me'),
          draft('theirs', 'you'),
          draft('nearly', 'me', 1),
          draft('not begun', 'me', 4, true),
        ],
      },
    } as unknown as Overview;
    expect(
      needsOf(board, [], { id: 'me' }, now).map(({ title, text }) => [title, text.split(';')[1]]),
    ).toEqual([
      ['Your draft mine has 2 errors', ' no version can be made of it before they are mended.'],
      ['Your draft nearly has 1 error', ' no version can be made of it before it is mended.'],
    ]);
  });
});

it('slots differ where other specs are wanted in two environments', () => {
  const of = (id: string, specHash: string, kind = 'running', wanted = 1) =>
    deployment(id, {
      version: { id, number: 1, name: 'n', specHash },
      health: [
        { ...health(kind, [])[0], health: { ...health(kind, [])[0]?.health, of: wanted } },
      ] as unknown as Deployment['health'],
    });
  const environments = (...there: Deployment[]) =>
    [
      { id: 'dev', deployments: [of('one', 'h1')] },
      { id: 'prod', deployments: there },
    ] as unknown as Overview['environments'];
  const drift = (...there: Deployment[]) => slotRows(environments(...there), now)[0]?.drift;
  expect(drift(of('two', 'h2'))?.from.id).toBe('two');
  expect(drift(of('two', 'h1'))).toBeNull();
  expect(drift(of('two', 'h2', 'standing_by', 0))).toBeNull();
  // A rollout that somebody left: only one of the two differs.
  expect(drift(of('same', 'h1'), of('other', 'h2'))?.from.id).toBe('other');
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
