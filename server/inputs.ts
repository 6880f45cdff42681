/**
 * What inputs are made of: one string base and one integer base, so that no operation lets through
 * what PostgreSQL can't hold, or what a reader would be deceived by.
 */
import { z } from 'zod';

export const id = z.uuid();

/** Text that PostgreSQL can hold: no zero byte, no half of a surrogate pair. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes('\0'), 'This contains a zero byte.')
    .refine((value) => value.isWellFormed(), 'This contains half of a character.');

/** A whole number that a 32-bit column holds. */
export const integer = (min: number, max = 2_147_483_647) => z.int().min(min).max(max);

// Characters that show nothing, or that reorder what stands around them.
const DECEIVING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u115F\u1160\u3164\uFFA0]/u;

/** A name that people read: trimmed, nothing invisible, nothing that reorders text. */
export const name = (max = 120) =>
  text(max)
    .trim()
    .min(1, 'Give a name.')
    .refine(
      (value) => !DECEIVING.test(value),
      'This contains characters that are invisible or reorder text.',
    );

/** What people write beside a step; may be empty. */
export const comment = text(2000).trim().default('');

/** Largest plan text, in UTF-16 units: far above any plan, far below the body limit. */
export const MAX_PLAN_LENGTH = 512 * 1024;
const MAX_LAYOUT_LENGTH = 1024 * 1024;

export const executionTarget = z.enum(['single_ring', 'lane_graph']);
export const planText = text(MAX_PLAN_LENGTH);

/**
 * Whether PostgreSQL can hold a JSON value, of at most so many characters. jsonb can't hold what
 * {@link text} refuses; JSON writes both as escapes.
 */
const storable = (max: number) => (value: unknown) => {
  const written = JSON.stringify(value);
  return written.length <= max && !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i.test(written);
};
const NOT_STORABLE = 'This is too large, or holds a zero byte or half of a character.';

/** Any JSON, for a reader of ours that judges its form. */
export const json = (max: number) => z.json().refine(storable(max), NOT_STORABLE);

/** Positions, notes and groups by id. The server keeps it and never looks inside. */
export const layout = z
  .record(z.string(), z.json())
  .refine(storable(MAX_LAYOUT_LENGTH), NOT_STORABLE);
