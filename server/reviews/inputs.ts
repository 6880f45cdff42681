import { z } from 'zod';
import { REVIEW_SIDES } from '../domain/reviews/anchor.ts';
import { id, integer, text } from '../inputs.ts';

/** What somebody says: plain text. */
export const body = text(4000).trim().min(1, 'Write something.');

/** `plan`, or `KIND:ID`; ids of connections are `a->b`. */
export const anchor = text(200).regex(/^(plan|[a-z_]+:[!-~]+)$/, 'This is no anchor.');

/** The version that is compared with; null: with nothing. */
export const baseVersionId = id.nullable().default(null);

export const side = z.enum(REVIEW_SIDES).default('to');

/** From 1. */
export const line = integer(1, 1_000_000).nullable().default(null);

/** Plan text in the place of the line, or of the element, that the thread is about. */
export const suggestion = text(8000).nullable().default(null);
