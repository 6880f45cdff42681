import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, scopeWithin, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id, name } from '../inputs.ts';
import { conflict } from '../errors.ts';
import type { Services } from '../services.ts';
import { configBundle } from './config.ts';
import { encodeConfig } from './encode-config.ts';
import { findBundle } from './find-bundle.ts';

export const updateBundleInput = z.object({
  bundleId: id,
  baseRevision: z.int().positive(),
  name: name(),
  config: configBundle,
});

/** Compare-and-set on the revision; refused once a deployment used the bundle. */
export async function updateBundle(
  services: Services,
  caller: Caller,
  input: z.infer<typeof updateBundleInput>,
) {
  const { database, clock, compiler, live } = services;
  const bundle = await findBundle(database.client, caller, input.bundleId);
  const scope = scopeWithin(bundle.environment, 'bundle', bundle.id, bundle.name);
  await authorize(services, caller, 'OperateEnvironment', scope, 'bundle.update');
  const encoded = encodeConfig(
    compiler,
    input.config,
    bundle.environment.posture,
    bundle.version.specKv,
  );
  const now = clock.now();
  const revision = input.baseRevision + 1;
  await database.transact(async (db) => {
    const { count } = await db.configBundle.updateMany({
      where: { id: bundle.id, orgId: bundle.orgId, revision: input.baseRevision, frozenAt: null },
      data: {
        name: input.name,
        config: input.config,
        text: encoded.text,
        digest: encoded.digest,
        revision,
        updatedBy: caller.user.id,
        updatedAt: now,
      },
    });
    if (count === 0) {
      const current = await db.configBundle.findFirst({
        where: { id: bundle.id, orgId: bundle.orgId },
      });
      if (current?.frozenAt) {
        throw conflict('bundle_frozen', 'This config bundle was deployed and stays as it is.', {
          help: 'Make a new bundle from it and change that one.',
        });
      }
      throw conflict('bundle_revision_stale', 'Somebody saved this bundle since you opened it.', {
        help: 'Load it again and repeat your change. Nothing was overwritten.',
        args: { baseRevision: input.baseRevision, currentRevision: current?.revision ?? null },
      });
    }
    await recordAudit(db, now, {
      orgId: bundle.orgId,
      projectId: bundle.environment.projectId,
      environmentId: bundle.environmentId,
      actor: userActor(caller),
      action: 'bundle.update',
      outcome: 'succeeded',
      resource: { kind: 'bundle', id: bundle.id, name: input.name },
      detail: { config_digest: encoded.digest, before: bundle.digest },
    });
    await live.publish(
      db,
      { type: 'bundle', id: bundle.id, orgId: bundle.orgId, environmentId: bundle.environmentId },
      now,
    );
  });
  return { digest: encoded.digest, revision };
}
