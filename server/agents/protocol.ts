/** The bodies of the agent protocol, version 1 (docs/spec/agent-protocol.md). */
import { z } from 'zod';

const time = z.iso.datetime({ offset: true });
const words = z.string().max(4000);
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

export const attemptPhase = z.enum(['fetching', 'verifying', 'starting', 'active', 'failed']);

export const heartbeatBody = z.object({
  protocol_version: z.number().int(),
  agent_version: z.string().max(100),
  spec_features: z.array(z.string().max(200)).max(200),
  allowed_roots: z.array(z.string().max(4096)).max(100),
  key_set_digest: z.string().max(100),
  sent_at: time,
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
          })
          .nullable(),
        attempted: z
          .object({
            deployment_id: z.string().max(64),
            epoch: count,
            phase: attemptPhase,
            code: z.string().max(100).nullish(),
            message: words.nullish(),
            at: time,
          })
          .nullable(),
        snapshot: ringSnapshot.nullable(),
        last_words: z.array(words).max(50),
      }),
    )
    .max(200),
});
export type HeartbeatBody = z.infer<typeof heartbeatBody>;

export const statusBody = z.object({
  epoch: count,
  phase: z.enum(['active', 'failed']),
  code: z.string().max(100).nullish(),
  message: words.nullish(),
  at: time,
});
export type StatusBody = z.infer<typeof statusBody>;
