import { z } from 'zod';
import { orgIdsOf } from '../caller.ts';
import { permits } from '../domain/permissions/roles.ts';
import { operation } from '../operation.ts';

/** How far the building and enrolling of local agents is, for the environments the caller may see. */
export const getSetupStatus = operation({
  kind: 'read',
  name: 'setup.status',
  input: z.void(),
  needs: 'session',
  async run({ services, db, caller }) {
    const steps = services.setup.current();
    const named = steps.flatMap((step) => step.environmentId ?? []);
    const rows = await db.environment.findMany({
      where: { orgId: { in: orgIdsOf(caller) }, id: { in: named } },
      select: { id: true, orgId: true, projectId: true },
    });
    const visible = new Set(
      rows
        .filter((row) => {
          const memberships = caller.memberships.get(row.orgId);
          return memberships && permits(memberships, 'ViewEnvironment', row.projectId);
        })
        .map((row) => row.id),
    );
    return steps.filter((step) => step.environmentId === null || visible.has(step.environmentId));
  },
});
