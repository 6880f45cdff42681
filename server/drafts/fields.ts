/** What a draft's fields may hold. */
import { z } from 'zod';

/** Largest plan text, in UTF-16 units: far above any plan, far below the body limit. */
export const MAX_PLAN_LENGTH = 512 * 1024;
const MAX_LAYOUT_LENGTH = 1024 * 1024;

export const executionTarget = z.enum(['single_ring', 'lane_graph']);
export const draftName = z.string().trim().min(1, 'Give it a name.').max(120);
export const planText = z
  .string()
  .max(MAX_PLAN_LENGTH, 'The plan is too long.')
  // PostgreSQL text can't hold a zero byte; the plan language refuses it too.
  .refine((text) => !text.includes('\0'), 'The plan contains a zero byte.');
/** Positions, notes and groups by id. The server keeps it and never looks inside. */
export const layout = z
  .record(z.string(), z.json())
  .refine((value) => JSON.stringify(value).length <= MAX_LAYOUT_LENGTH, 'The layout is too large.');
export const id = z.uuid();
