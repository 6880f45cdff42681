/** The bodies of the agent protocol, version 1 (docs/spec/agent-protocol.md). */
import { z } from 'zod';
import { counter, instant, integer, name, quoted, text } from '../inputs.ts';

const MAX_WORDS = 4000;
/** What an agent quotes of others: cleaned and cut, so that no process's output stops its agent. */
const words = quoted(MAX_WORDS);
const lines = z.array(words).transform((all) => all.slice(-50));
const epoch = integer(0);

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
  allowed_roots: string[];
}
const NOTHING: EnrollBody = {
  agent_version: '',
  protocol_version: 1,
  spec_features: [],
  allowed_roots: [],
};

export const ringSnapshot = z.object({
  v: z.union([z.literal(1), z.literal(2)]),
  kind: z.literal('single_ring'),
  slot_bytes: counter,
  capacity: counter,
  cursor: counter,
  counters: z.object({
    records_in: counter,
    records_out: counter,
    dropped: counter,
    rejected: counter,
    bytes_in: counter,
    bytes_out: counter,
  }),
  stages: z
    .array(
      z.object({
        index: counter,
        gating: counter,
        lag: counter,
        processed: counter,
        dropped: counter,
        rejected: counter,
      }),
    )
    .max(64),
  /** A number in version 1, 16 hexadecimal digits from 2 on. */
  generation: z.union([counter, text(16)]),
});
export type RingSnapshot = z.infer<typeof ringSnapshot>;

export const attemptPhase = z.enum(['fetching', 'verifying', 'starting', 'active', 'failed']);

export const heartbeatBody = z.object({
  protocol_version: integer(0),
  agent_version: text(100),
  spec_features: z.array(text(200)).max(200),
  allowed_roots: z.array(text(4096)).max(100),
  key_set_digest: text(100),
  sent_at: instant,
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
          })
          .nullable(),
        attempted: z
          .object({
            deployment_id: text(64),
            epoch,
            phase: attemptPhase,
            code: quoted(100).nullish(),
            message: words.nullish(),
            at: instant,
          })
          .nullable(),
        snapshot: ringSnapshot.nullable(),
        last_words: lines,
      }),
    )
    .max(200),
});
export type HeartbeatBody = z.infer<typeof heartbeatBody>;

export const statusBody = z.object({
  epoch,
  phase: z.enum(['active', 'failed']),
  code: quoted(100).nullish(),
  message: words.nullish(),
  at: instant,
});
export type StatusBody = z.infer<typeof statusBody>;
