import { expect, it } from 'vitest';
import type { z } from 'zod';
import type {
  AdapterReport,
  Heartbeat,
  Snapshot,
  StatusReport,
  TrialReport,
} from '../../src/lib/compiler/types.ts';
import { heartbeatBody, statusBody, trialReportBody } from './protocol.ts';

const at = '2026-11-28T12:00:00.000Z';
const counters = {
  records_in: 6,
  records_out: 3,
  dropped: 2,
  rejected: 1,
  bytes_in: 60,
  bytes_out: 30,
};
const snapshots: Snapshot[] = [
  {
    kind: 'single_ring',
    v: 2,
    slot_bytes: 256,
    capacity: 1024,
    cursor: 5,
    counters,
    stages: [{ index: 0, gating: 3, lag: 2, processed: 3, dropped: 2, rejected: 1 }],
    generation: 'fffffffffffffffe',
  },
  {
    kind: 'lane_graph',
    v: 2,
    counters,
    lanes: [
      {
        index: 0,
        capacity: 1024,
        published: 9,
        depth: 4,
        dropped: 1,
        readers: [{ read: 5, lag: 4 }],
      },
    ],
    roles: [{ index: 0, processed: 5, dropped: 0, rejected: 0 }],
    tuning: { workers: 'one', wait: 'backoff' },
    generation: '0000000000000007',
  },
];

const downAt: AdapterReport = {
  kind: 'postgres',
  up_since: null,
  down_since: at,
  failures: 7,
  in_flight: 3,
  refused: 0,
  lag: null,
  lag_or_more: false,
  rebalances: null,
  listening: null,
  error: 'can’t be reached',
  error_at: at,
};

/** Every field that the agent's Rust has: its generated type refuses one that is missing here. */
const heartbeat = (snapshot: Snapshot): Heartbeat => ({
  protocol_version: 1,
  agent_version: '0.1.0',
  spec_features: ['single_ring'],
  statement_versions: [1, 2],
  allowed_roots: ['/data'],
  allowed_net: ['127.0.0.1/32:5432'],
  trial_versions: [1],
  key_set_digest: 'sha256:a',
  sent_at: at,
  clock_behind_ms: 12,
  refused_keys: [{ kid: 'k', code: 'E_KEY_FORM', message: 'no key' }],
  refused_slots: [{ slot: 's', deployment_id: 'd', code: 'E_SLOT_LIMIT', message: 'full' }],
  slots: [
    {
      slot: 'orders',
      running: {
        deployment_id: 'd',
        deployment_digest: 'sha256:d',
        epoch: 3,
        bundle_hash: 'sha256:b',
        since: at,
        activated_at: at,
        restarts: 2,
        last_restart_at: at,
      },
      attempted: {
        deployment_id: 'd',
        epoch: 4,
        phase: 'retrying',
        code: 'E_STATE',
        message: 'no space left',
        tries: 3,
        next_try_at: at,
        at,
      },
      waiting: {
        deployment_id: 'e',
        epoch: 5,
        phase: 'fell_back',
        code: 'E_INPUT_OPEN',
        message: 'no input',
        tries: 1,
        next_try_at: at,
        at,
      },
      finished: false,
      snapshot,
      counters: {
        since_activation: { since: at, ...counters },
        totals: { since: null, ...counters },
      },
      adapters: {
        source: {
          kind: 'kafka',
          up_since: at,
          down_since: null,
          failures: 2,
          in_flight: 512,
          refused: 0,
          lag: 40_000,
          lag_or_more: true,
          rebalances: 2,
          listening: null,
          error: 'can’t be reached',
          error_at: at,
        },
        sink: {
          kind: 'websocket',
          up_since: null,
          down_since: null,
          failures: 0,
          in_flight: 3,
          refused: 0,
          lag: null,
          lag_or_more: false,
          rebalances: null,
          listening: { since: at, connections: 1, refused: 4 },
          error: 'refused a connection: E_WEBSOCKET_TOKEN',
          error_at: at,
        },
        boundaries: [{ side: 'sink', id: 'few', seen: downAt }],
      },
      last_words: ['one', 'two'],
      tried_words: ['no input'],
    },
  ],
});

it('takes all that an agent tells of a trial of connections', () => {
  const report: TrialReport = {
    outcome: 'tried',
    code: 'E_TRIAL_LATE',
    message: 'too long',
    steps: [
      {
        side: 'sink',
        step: 'authenticate',
        state: 'held_back',
        millis: 3,
        code: 'E_TRIAL_CONNECT',
        message: 'not sent',
        help: 'ask',
      },
    ],
    at,
  };
  expect(trialReportBody.parse(report)).toEqual(report);
});

it.each(snapshots)('takes all that an agent sends, with a snapshot of a $kind', (snapshot) => {
  // What the generated type allows has to be what the form takes, or this doesn't compile.
  const sent: z.input<typeof heartbeatBody> = heartbeat(snapshot);
  expect(heartbeatBody.parse(sent)).toEqual(heartbeat(snapshot));
});

it('takes what an agent sent before it knew of tries, counters and restarts', () => {
  const { slots, ...rest } = heartbeat(snapshots[0]!);
  const old = {
    ...rest,
    clock_behind_ms: undefined,
    refused_keys: undefined,
    refused_slots: undefined,
    slots: slots.map(({ finished: _, counters: __, ...slot }) => ({
      ...slot,
      running: { ...slot.running, activated_at: undefined, restarts: undefined },
      attempted: { ...slot.attempted, tries: undefined, next_try_at: undefined },
      snapshot: { ...snapshots[0], v: 1, generation: 7 },
    })),
  };
  const taken = heartbeatBody.parse(old);
  expect(taken).toMatchObject({ refused_slots: [], clock_behind_ms: 0 });
  expect(taken.slots[0]).toMatchObject({ running: { restarts: 0 }, attempted: { tries: 0 } });
});

it('takes the end of an attempt as the agent tells it', () => {
  const status: StatusReport = {
    epoch: 4,
    phase: 'failed',
    final: true,
    code: 'E_MANIFEST_FILES',
    message: 'a file is not the one that was signed',
    at,
  };
  const sent: z.input<typeof statusBody> = status;
  expect(statusBody.parse(sent)).toEqual(status);
});
