/** The bodies of the agent protocol, version 1 (docs/spec/agent-protocol.md). */
import { z } from 'zod';
import { ATTEMPT_PHASES } from '../domain/agents/phases.ts';
import { integer } from '../inputs.ts';

const time = z.iso
  .datetime({ offset: true })
  .refine((value) => new Date(value).getUTCFullYear() >= 1970, 'This is before 1970.');
/**
 * What an agent quotes from a runtime's output. It cleans that itself; an agent that doesn't must not
 * lose its heartbeats over it, so what the database can't hold is replaced here, not refused.
 */
const words = z
  .string()
  .max(4000)
  .overwrite((value) => value.toWellFormed().replace(/[^\P{Cc}\t]/gu, '\uFFFD'));
const count = z.number().int().nonnegative();

export const enrollBody = z.object({
  name: z.string().trim().min(1).max(120).nullish(),
  host_name: z.string().trim().min(1).max(255),
  agent_version: z.string().max(100),
  protocol_version: z.literal(1),
  spec_features: z.array(z.string().max(200)).max(200),
  allowed_roots: z.array(z.string().startsWith('/').max(4096)).max(100),
});

export const ringSnapshot = z.object({
  v: z.union([z.literal(1), z.literal(2)]),
  kind: z.literal('single_ring'),
  slot_bytes: count,
  capacity: count,
  cursor: count,
  counters: z.object({
    records_in: count,
    records_out: count,
    dropped: count,
    rejected: count,
    bytes_in: count,
    bytes_out: count,
  }),
  stages: z
    .array(
      z.object({
        index: count,
        gating: count,
        lag: count,
        processed: count,
        dropped: count,
        rejected: count,
      }),
    )
    .max(64),
  /** A number in version 1, 16 hexadecimal digits from 2 on. */
  generation: z.union([z.number(), z.string().max(16)]),
});
export type RingSnapshot = z.infer<typeof ringSnapshot>;

const countedSince = z.object({
  /** null: the checkpoint is older than what says it. */
  since: time.nullable(),
  records_in: count,
  records_out: count,
  dropped: count,
  rejected: count,
  bytes_in: count,
  bytes_out: count,
});
/** By this deployment on this agent, and by the pipeline over restarts and deployments. */
const counters = z.object({ since_activation: countedSince, totals: countedSince });
export type CountersReport = z.infer<typeof counters>;

const refusedSlot = z.object({
  slot: z.string().max(128),
  deployment_id: z.string().max(64),
  code: z.string().max(100),
  message: words,
});
const refusedKey = z.object({ kid: words, code: z.string().max(100), message: words });

/** What an agent does not take: kept as it was last said. */
export type RefusedSlot = z.infer<typeof refusedSlot>;
export type RefusedKey = z.infer<typeof refusedKey>;

export const attemptPhase = z.enum(ATTEMPT_PHASES);

export const heartbeatBody = z.object({
  protocol_version: z.number().int(),
  agent_version: z.string().max(100),
  spec_features: z.array(z.string().max(200)).max(200),
  allowed_roots: z.array(z.string().max(4096)).max(100),
  key_set_digest: z.string().max(100),
  sent_at: time,
  /** How far the host's clock is behind the latest time that the agent has seen. */
  clock_behind_ms: count.default(0),
  refused_keys: z.array(refusedKey).max(64).default([]),
  refused_slots: z.array(refusedSlot).max(200).default([]),
  slots: z
    .array(
      z.object({
        slot: z.string().max(128),
        running: z
          .object({
            deployment_id: z.string().max(64),
            deployment_digest: z.string().max(100),
            epoch: count,
            bundle_hash: z.string().max(100),
            since: time,
            activated_at: time.nullish(),
            restarts: integer(0).default(0),
            last_restart_at: time.nullish(),
          })
          .nullable(),
        attempted: z
          .object({
            deployment_id: z.string().max(64),
            epoch: count,
            phase: attemptPhase,
            code: z.string().max(100).nullish(),
            message: words.nullish(),
            tries: integer(0).default(0),
            next_try_at: time.nullish(),
            at: time,
          })
          .nullable(),
        /** The last-known-good came to the end of its bounded input. */
        finished: z.boolean().optional(),
        snapshot: ringSnapshot.nullable(),
        counters: counters.nullish(),
        last_words: z.array(words).max(50),
      }),
    )
    .max(200),
});
export type HeartbeatBody = z.infer<typeof heartbeatBody>;

export const statusBody = z.object({
  epoch: count,
  phase: z.enum(['active', 'failed']),
  /** Nothing more is tried by the agent itself; so it is with every status so far. */
  final: z.boolean().optional(),
  code: z.string().max(100).nullish(),
  message: words.nullish(),
  at: time,
});
export type StatusBody = z.infer<typeof statusBody>;
