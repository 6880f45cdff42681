import { z } from 'zod';
import { conflict } from '../errors.ts';
import { id, integer, name } from '../inputs.ts';
import { operation } from '../operation.ts';
import { configBundle } from './config.ts';
import { encodeConfig } from './encode-config.ts';
import { bundleScope, findBundle } from './find-bundle.ts';

/** Compare-and-set on the revision; refused once a deployment used the bundle. */
export const updateBundle = operation({
  kind: 'change',
  name: 'bundle.update',
  input: z.object({
    bundleId: id,
    baseRevision: integer(1),
    name: name(),
    config: configBundle,
  }),
  thing: ({ db, caller, input }) => findBundle(db, caller, input.bundleId),
  scope: bundleScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, input, thing: bundle, now }) {
    const { text, digest } = encodeConfig(
      services.compiler,
      input.config,
      bundle.environment.posture,
      bundle.version.specKv,
    );
    const revision = input.baseRevision + 1;
    const { count } = await db.configBundle.updateMany({
      where: { id: bundle.id, orgId: bundle.orgId, revision: input.baseRevision, frozenAt: null },
      data: {
        name: input.name,
        config: input.config,
        text,
        digest,
        revision,
        updatedBy: caller.user.id,
        writers: [...new Set([...bundle.writers, bundle.createdBy, caller.user.id])],
        updatedAt: now,
      },
    });
    if (count > 0) return { digest, revision };
    if (bundle.frozenAt) {
      throw conflict('bundle_frozen', 'This config bundle was deployed and stays as it is.', {
        help: 'Make a new bundle from it and change that one.',
      });
    }
    throw conflict('bundle_revision_stale', 'Somebody saved this bundle since you opened it.', {
      help: 'Load it again and repeat your change. Nothing was overwritten.',
      args: { baseRevision: input.baseRevision, currentRevision: bundle.revision },
    });
  },
  audit: ({ input, thing, answer }) => ({
    resource: { kind: 'bundle', id: thing.id, name: input.name },
    detail: { config_digest: answer.digest, before: thing.digest },
  }),
  events: ({ thing }) => [{ type: 'bundle', id: thing.id }],
});
