/**
 * What a running pipeline looks like (docs/spec/snapshot.md). The type is the Rust one; this holds
 * what an agent sends to it. Version 1 is read and becomes version 2.
 */
import { z } from 'zod';
import type { Snapshot } from '../../src/lib/compiler/types.ts';
import { counter, text } from '../inputs.ts';

const v = z.union([z.literal(1), z.literal(2)]).transform(() => 2 as const);

/** 16 hexadecimal digits. Version 1 wrote a number, of which JavaScript keeps the first 53 bits. */
const generation = z.union([
  text(16).regex(/^[0-9a-f]{16}$/),
  z
    .number()
    .nonnegative()
    .lte(2 ** 64)
    .refine(Number.isInteger)
    .transform((number) => BigInt.asUintN(64, BigInt(number)).toString(16).padStart(16, '0')),
]);

const counters = z.object({
  records_in: counter,
  records_out: counter,
  dropped: counter,
  rejected: counter,
  bytes_in: counter,
  bytes_out: counter,
});

const work = { index: counter, processed: counter, dropped: counter, rejected: counter };

const singleRing = z.object({
  kind: z.literal('single_ring'),
  v,
  slot_bytes: counter,
  capacity: counter,
  cursor: counter,
  counters,
  stages: z.array(z.object({ ...work, gating: counter, lag: counter })).max(64),
  generation,
});

const laneGraph = z.object({
  kind: z.literal('lane_graph'),
  v,
  counters,
  lanes: z
    .array(
      z.object({
        index: counter,
        capacity: counter,
        published: counter,
        depth: counter,
        dropped: counter,
        readers: z.array(z.object({ read: counter, lag: counter })).max(64),
      }),
    )
    .max(1024),
  roles: z.array(z.object(work)).max(1024),
  generation,
});

export const snapshot = z.discriminatedUnion('kind', [
  singleRing,
  laneGraph,
]) satisfies z.ZodType<Snapshot>;
