import { z } from 'zod';

/** What a project admin may set on an environment. */
export const environmentSettings = z.object({
  selfApproval: z.boolean(),
  approvalRequired: z.boolean(),
  credentialLifetimeMinutes: z
    .int()
    .min(5)
    .max(7 * 24 * 60),
  approvalWindowMinutes: z
    .int()
    .min(5)
    .max(30 * 24 * 60),
  maxInFlight: z.int().min(1).max(100),
});
