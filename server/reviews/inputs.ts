import { z } from 'zod';
import { REVIEW_SIDES } from '../domain/reviews/anchor.ts';
import { id, integer, text } from '../inputs.ts';

/** What somebody says: plain text. */
export const body = text(4000).trim().min(1, 'Write something.');

/** `plan`, or one of the compiler's: `stage:ID`, `connection:FROM->TO`, `line:N`. */
export const anchor = text(200).regex(/^(plan|[a-z_]+:[!-~]+)$/, 'This is no anchor.');

/** Of what a change says, as the compiler's diff has it. */
export const changeDigest = text(32).regex(/^[0-9a-f]{32}$/, 'This is no digest of a change.');

/** The version that is compared with; null: with nothing. */
export const baseVersionId = id.nullable().default(null);

export const side = z.enum(REVIEW_SIDES).default('to');

/** From 1. */
export const line = integer(1, 1_000_000).nullable().default(null);

/** Plan text in the place of the line that the thread is about, or that its element stands on. */
export const suggestion = text(8000).nullable().default(null);
