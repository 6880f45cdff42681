/** The shape of a config bundle at the API. Rules about it are byteor-config's, in Rust. */
import { z } from 'zod';
import { text } from '../inputs.ts';

const path = text(4096);

export const configBundle = z.object({
  v: z.literal(1),
  posture: z.enum(['dev', 'staging', 'prod']),
  tuning: z.object({ profile: z.enum(['default', 'low-latency', 'isolated-core']) }),
  record: z.object({
    slot_bytes: z.union([z.literal(256), z.literal(1024), z.literal(4096), z.literal(16384)]),
  }),
  ingress: z.object({
    kind: z.literal('file'),
    path,
    framing: z.literal('lines'),
    mode: z.enum(['follow', 'stop_at_end']),
    start: z.enum(['start', 'end']),
    too_large: z.enum(['reject', 'stop']),
  }),
  egress: z.object({ kind: z.literal('file'), path, framing: z.literal('lines') }),
  reject: z.object({ path }),
  secrets: z
    .array(z.object({ name: text(200), kind: z.literal('file'), path }))
    .max(64)
    .optional(),
});

export type ConfigBundle = z.infer<typeof configBundle>;
