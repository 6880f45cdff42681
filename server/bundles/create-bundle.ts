import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, environmentScope, findEnvironment, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { id, name } from '../inputs.ts';
import { notFound } from '../errors.ts';
import type { Services } from '../services.ts';
import { configBundle } from './config.ts';
import { encodeConfig } from './encode-config.ts';

export const createBundleInput = z.object({
  environmentId: id,
  versionId: id,
  name: name(),
  config: configBundle,
});

/** A config bundle for one version, at revision 1. */
export async function createBundle(
  services: Services,
  caller: Caller,
  input: z.infer<typeof createBundleInput>,
) {
  const { database, clock, compiler, live } = services;
  const environment = await findEnvironment(database.client, caller, input.environmentId);
  await authorize(
    services,
    caller,
    'OperateEnvironment',
    environmentScope(environment),
    'bundle.create',
  );
  const version = await database.client.version.findFirst({
    where: { id: input.versionId, orgId: environment.orgId, environmentId: environment.id },
    select: { id: true, specKv: true },
  });
  if (!version) throw notFound('version');
  const encoded = encodeConfig(compiler, input.config, environment.posture, version.specKv);
  const now = clock.now();
  const bundleId = uuidv7();
  await database.transact(async (db) => {
    await db.configBundle.create({
      data: {
        id: bundleId,
        orgId: environment.orgId,
        environmentId: environment.id,
        versionId: version.id,
        name: input.name,
        config: input.config,
        text: encoded.text,
        digest: encoded.digest,
        revision: 1,
        createdBy: caller.user.id,
        updatedBy: caller.user.id,
        createdAt: now,
        updatedAt: now,
      },
    });
    await recordAudit(db, now, {
      orgId: environment.orgId,
      projectId: environment.projectId,
      environmentId: environment.id,
      actor: userActor(caller),
      action: 'bundle.create',
      outcome: 'succeeded',
      resource: { kind: 'bundle', id: bundleId, name: input.name },
      detail: { config_digest: encoded.digest },
    });
    await live.publish(
      db,
      { type: 'bundle', id: bundleId, orgId: environment.orgId, environmentId: environment.id },
      now,
    );
  });
  return { bundleId, digest: encoded.digest, revision: 1 };
}
