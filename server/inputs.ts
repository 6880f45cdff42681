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

/** An address, in the one way that it is written. */
export const personEmail = text(254)
  .trim()
  .toLowerCase()
  .pipe(z.email('This is no e-mail address.'));

/** What people write beside a step; may be empty. */
export const comment = text(2000).trim().default('');

/** Largest plan text, in UTF-16 units: far above any plan, far below the body limit. */
export const MAX_PLAN_LENGTH = 512 * 1024;
const MAX_LAYOUT_LENGTH = 1024 * 1024;

export const executionTarget = z.enum(['single_ring', 'lane_graph']);
export const planText = text(MAX_PLAN_LENGTH);

/** Positions, notes and groups by id. The server keeps it and never looks inside. */
export const layout = z.record(z.string(), z.json()).refine((value) => {
  const written = JSON.stringify(value);
  return written.length <= MAX_LAYOUT_LENGTH && storable(written);
}, 'The layout is too large, or holds a zero byte or half of a character.');

/** jsonb can't hold what `text` refuses; JSON writes both as escapes. */
function storable(json: string): boolean {
  return !/\\u0000|\\ud[89a-f][0-9a-f]{2}/i.test(json);
}
