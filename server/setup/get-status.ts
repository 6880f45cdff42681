import { orgIdsOf, type Caller } from '../caller.ts';
import type { Services } from '../services.ts';

/** How far the building and enrolling of local agents is, for the environments the caller may see. */
export async function getSetupStatus(services: Services, caller: Caller) {
  const steps = services.setup.current();
  const named = steps.flatMap((step) => step.environmentId ?? []);
  const visible = await services.database.client.environment.findMany({
    where: { orgId: { in: orgIdsOf(caller) }, id: { in: named } },
    select: { id: true },
  });
  const ids = new Set(visible.map((row) => row.id));
  return steps.filter((step) => step.environmentId === null || ids.has(step.environmentId));
}
