import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { name } from '../inputs.ts';
import { ByteorError } from '../errors.ts';
import type { Services } from '../services.ts';

export const createOrgInput = z.object({ name: name() });

/** A new tenant; its maker becomes its admin. Only who administers one already may make another. */
export async function createOrg(
  services: Services,
  caller: Caller,
  input: z.infer<typeof createOrgInput>,
) {
  const { database, clock, live, signer } = services;
  const admin = [...caller.memberships.values()].some((one) => one.orgRole === 'org_admin');
  if (!admin) {
    throw new ByteorError(403, 'permission_denied', 'Only organization admins make organizations.');
  }
  const now = clock.now();
  const orgId = uuidv7();
  await database.transact(async (db) => {
    await db.organization.create({ data: { id: orgId, name: input.name, createdAt: now } });
    await db.orgMember.create({
      data: { orgId, userId: caller.user.id, role: 'org_admin', createdAt: now },
    });
    await signer.ensureKeys(db, orgId, now);
    await recordAudit(db, now, {
      orgId,
      actor: userActor(caller),
      action: 'organization.create',
      outcome: 'succeeded',
      resource: { kind: 'organization', id: orgId, name: input.name },
    });
    await live.publish(db, { type: 'workspace', id: orgId, orgId, environmentId: null }, now);
  });
  return { orgId };
}
