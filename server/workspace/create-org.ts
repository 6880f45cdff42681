import { z } from 'zod';
import { ByteorError } from '../errors.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { name } from '../inputs.ts';
import { operation } from '../operation.ts';
import { setRole } from '../roles/write-roles.ts';
import { reachFurther } from '../session/reach.ts';

/** A new tenant; its maker becomes its admin. Only who administers one already may make another. */
export const createOrg = operation({
  kind: 'change',
  name: 'organization.create',
  input: z.object({ name: name() }),
  needs: 'session',
  async run({ services, db, caller, input, now }) {
    const admin = [...caller.memberships.values()].some((one) => one.orgRole === 'org_admin');
    if (!admin) {
      throw new ByteorError(
        403,
        'permission_denied',
        'Only organization admins make organizations.',
      );
    }
    const orgId = uuidv7();
    await db.organization.create({ data: { id: orgId, name: input.name, createdAt: now } });
    const { user } = caller;
    await setRole(db, { orgId, projectId: null, userId: user.id, role: 'org_admin' }, now);
    await reachFurther(db, user.session, orgId);
    await services.signer.ensureKeys(db, orgId, now);
    return { orgId };
  },
  audit: ({ input, answer: { orgId } }) => ({
    orgId,
    resource: { kind: 'organization', id: orgId, name: input.name },
  }),
  events: ({ answer: { orgId } }) => [{ type: 'workspace', id: orgId, orgId }],
});
