/** The bodies of the agent protocol, version 1 (docs/spec/agent-protocol.md). */
import { z } from 'zod';
import { ATTEMPT_PHASES } from '../domain/agents/phases.ts';
import { counter, inexact, instant, integer, name, quoted, spoken, text } from '../inputs.ts';

const MAX_WORDS = 4000;
/** What an agent quotes of others: cleaned and cut, so that no process's output stops its agent. */
const words = quoted(MAX_WORDS);
const lines = z.array(words).transform((all) => all.slice(-50));
const epoch = integer(0);

/** Versions of the deployment statement that the agent verifies; one that doesn't say it verifies 1. */
const statementVersions = z.array(integer(1, 1000)).max(20).default([1]);

/**
 * All of it may be left out: the given body is `name` and nothing else, and then the first heartbeat
 * says the rest.
 */
export const enrollBody = z
  .object({
    name: name().nullish(),
    host_name: name(255).nullish(),
    agent_version: text(100).default(''),
    protocol_version: z.literal(1).default(1),
    spec_features: z.array(text(200)).max(200).default([]),
    statement_versions: statementVersions,
    allowed_roots: z.array(text(4096).startsWith('/')).max(100).default([]),
  })
  .nullish()
  .transform((body): EnrollBody => body ?? NOTHING);
export interface EnrollBody {
  name?: string | null | undefined;
  host_name?: string | null | undefined;
  agent_version: string;
  protocol_version: 1;
  spec_features: string[];
  statement_versions: number[];
  allowed_roots: string[];
}
const NOTHING: EnrollBody = {
  agent_version: '',
  protocol_version: 1,
  spec_features: [],
  statement_versions: [1],
  allowed_roots: [],
};

const counters = z.object({
  records_in: counter,
  records_out: counter,
  dropped: counter,
  rejected: counter,
  bytes_in: counter,
  bytes_out: counter,
});
/** 16 hexadecimal digits; in version 1 a number of 64 bits, mostly beyond what a counter may be. */
const generation = z.union([inexact, text(16)]);
const handled = { index: counter, processed: counter, dropped: counter, rejected: counter };

/** How it runs, as the host applied it. */
const tuning = z
  .object({
    workers: z.enum(['dedicated', 'segments', 'one']),
    wait: z.enum(['spin', 'backoff', 'adaptive']),
  })
  .optional();

const singleRing = z.object({
  v: z.union([z.literal(1), z.literal(2)]),
  kind: z.literal('single_ring'),
  slot_bytes: counter,
  capacity: counter,
  cursor: counter,
  counters,
  stages: z.array(z.object({ ...handled, gating: counter, lag: counter })).max(64),
  tuning,
  generation,
});

/** Ids of the spec: an agent takes them from what it verified. */
const specId = text(200).optional();
const laneGraph = z.object({
  v: z.literal(2),
  kind: z.literal('lane_graph'),
  counters,
  lanes: z
    .array(
      z.object({
        index: counter,
        id: specId,
        kind: z.enum(['events', 'journal', 'sequenced_slots', 'fanout_broadcast']).optional(),
        capacity: counter,
        published: counter,
        depth: counter,
        dropped: counter,
        readers: z
          .array(z.object({ read: counter, lag: counter, lost: counter.optional() }))
          .max(64),
      }),
    )
    .max(1024),
  roles: z
    .array(
      z.object({
        ...handled,
        id: specId,
        state: z.enum(['working', 'waits_for_records', 'waits_for_room']).optional(),
      }),
    )
    .max(1024),
  endpoints: z
    .array(
      z.object({
        index: counter,
        id: specId,
        ingress: z.boolean(),
        records: counter,
        bytes: counter,
        rejected: counter,
      }),
    )
    .max(1024)
    .optional(),
  tuning,
  generation,
});

/** docs/spec/snapshot.md */
const snapshot = z.discriminatedUnion('kind', [singleRing, laneGraph]);

/** `since` is null where the checkpoint is older than what says it. */
const countedSince = counters.extend({ since: instant.nullable() });
/** By this deployment on this agent, and by the pipeline over restarts and deployments. */
const counted = z.object({ since_activation: countedSince, totals: countedSince });

/** What a runtime sees of one side. */
const adapterSeen = z.object({
  kind: text(32),
  up_since: instant.nullable(),
  down_since: instant.nullable(),
  failures: counter,
  in_flight: counter,
  refused: counter,
  lag: counter.nullable(),
  // An older agent doesn't tell the three that follow.
  lag_or_more: z.boolean().default(false),
  rebalances: counter.nullable().default(null),
  listening: z
    .object({ since: instant, connections: counter, refused: counter })
    .nullable()
    .default(null),
  error: spoken(400).nullable(),
  error_at: instant.nullable(),
});
/** Null where a side is a file, or has several boundaries, each of which is told then. */
const adapter = adapterSeen.nullable();
const adapters = z.object({
  source: adapter,
  sink: adapter,
  boundaries: z
    .array(z.object({ side: z.enum(['source', 'sink']), id: text(200), seen: adapterSeen }))
    .max(64)
    .optional(),
});

const refusedSlot = z.object({
  slot: text(128),
  deployment_id: text(64),
  code: text(100),
  message: words,
});
const refusedKey = z.object({ kid: text(200), code: text(100), message: words });

const attemptPhase = z.enum(ATTEMPT_PHASES);

const attempt = z.object({
  deployment_id: text(64),
  epoch,
  phase: attemptPhase,
  code: quoted(100).nullish(),
  message: words.nullish(),
  tries: integer(0).default(0),
  next_try_at: instant.nullish(),
  at: instant,
});

export const heartbeatBody = z.object({
  protocol_version: integer(0),
  agent_version: text(100),
  spec_features: z.array(text(200)).max(200),
  statement_versions: statementVersions,
  allowed_roots: z.array(text(4096)).max(100),
  /** Addresses that its pipelines may reach; only an agent that tries connections says them. */
  allowed_net: z.array(text(300)).max(200).default([]),
  trial_versions: z.array(integer(1, 1000)).max(20).default([]),
  key_set_digest: text(100),
  sent_at: instant,
  /** How far the host's clock is behind the latest time that the agent has seen. */
  clock_behind_ms: counter.default(0),
  refused_keys: z.array(refusedKey).max(64).default([]),
  refused_slots: z.array(refusedSlot).max(200).default([]),
  slots: z
    .array(
      z.object({
        slot: text(128),
        running: z
          .object({
            deployment_id: text(64),
            deployment_digest: text(100),
            epoch,
            bundle_hash: text(100),
            since: instant,
            activated_at: instant.nullish(),
            restarts: integer(0).default(0),
            last_restart_at: instant.nullish(),
          })
          .nullable(),
        attempted: attempt.nullable(),
        /** What is tried and waits, where `attempted` says what keeps the active one down. */
        waiting: attempt.nullish(),
        /** The last-known-good came to the end of its bounded input. */
        finished: z.boolean().optional(),
        snapshot: snapshot.nullable(),
        counters: counted.nullish(),
        adapters: adapters.nullish(),
        last_words: lines,
        /** Of the runtime that was tried last and failed; an older agent doesn't keep them apart. */
        tried_words: lines.optional(),
      }),
    )
    .max(200),
});
export type HeartbeatBody = z.infer<typeof heartbeatBody>;

export const statusBody = z.object({
  epoch,
  phase: z.enum(['active', 'failed']),
  /** Nothing more is tried by the agent itself; so it is with every status so far. */
  final: z.boolean().optional(),
  code: quoted(100).nullish(),
  message: words.nullish(),
  at: instant,
});
export type StatusBody = z.infer<typeof statusBody>;

/** The steps of a trial, in the order in which one side goes through them. */
const TRIAL_STEPS = [
  'open',
  'listen',
  'resolve',
  'connect',
  'secure',
  'authenticate',
  'find',
] as const;

/** What came of a trial of connections: of a runtime's words, cleaned and cut. */
export const trialReportBody = z.object({
  outcome: z.enum(['tried', 'broken', 'refused']),
  code: spoken(100).optional(),
  message: spoken(MAX_WORDS).optional(),
  steps: z
    .array(
      z.object({
        side: z.enum(['source', 'sink']),
        step: z.enum(TRIAL_STEPS),
        state: z.enum(['worked', 'failed', 'held_back']),
        millis: counter,
        code: spoken(100).optional(),
        message: spoken(1000),
        help: spoken(1000).optional(),
      }),
    )
    .max(64),
  at: instant,
});
export type TrialReportBody = z.infer<typeof trialReportBody>;
