import { z } from 'zod';
import { conflict } from '../errors.ts';
import { integer } from '../inputs.ts';
import type { Db } from '../providers/database.ts';

/** What a project admin may set on an environment; self-approval in `prod` takes an organization's. */
export const environmentSettings = z.object({
  selfApproval: z.boolean(),
  approvalRequired: z.boolean(),
  credentialLifetimeMinutes: integer(5, 7 * 24 * 60),
  approvalWindowMinutes: integer(5, 30 * 24 * 60),
  maxInFlight: integer(1, 100),
});

/** Names are unique within a project. */
export async function refuseTakenName(
  db: Db,
  within: { orgId: string; projectId: string },
  name: string,
  exceptId?: string,
): Promise<void> {
  const taken = await db.environment.findFirst({
    where: {
      orgId: within.orgId,
      projectId: within.projectId,
      name,
      ...(exceptId ? { id: { not: exceptId } } : {}),
    },
    select: { id: true },
  });
  if (!taken) return;
  throw conflict('environment_name_taken', `The project has an environment ${name}.`, {
    help: 'Choose another name.',
  });
}
