import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { notFound } from '../errors.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { id, name } from '../inputs.ts';
import { operation } from '../operation.ts';
import { configBundle } from './config.ts';
import { encodeConfig } from './encode-config.ts';

/** A config bundle for one version, at revision 1, under its environment's next number. */
export const createBundle = operation({
  kind: 'change',
  name: 'bundle.create',
  input: z.object({ environmentId: id, versionId: id, name: name(), config: configBundle }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, input, thing: environment, now }) {
    const version = await db.version.findFirst({
      where: { id: input.versionId, orgId: environment.orgId, environmentId: environment.id },
      select: { id: true, specKv: true },
    });
    if (!version) throw notFound('version');
    const { text, digest } = encodeConfig(
      services.compiler,
      input.config,
      environment.posture,
      version.specKv,
    );
    const counted = await db.environment.update({
      where: { id: environment.id, orgId: environment.orgId },
      data: { nextBundleNumber: { increment: 1 } },
      select: { nextBundleNumber: true },
    });
    const number = counted.nextBundleNumber - 1;
    const bundleId = uuidv7();
    await db.configBundle.create({
      data: {
        id: bundleId,
        orgId: environment.orgId,
        environmentId: environment.id,
        versionId: version.id,
        number,
        name: input.name,
        config: input.config,
        text,
        digest,
        revision: 1,
        createdBy: caller.user.id,
        updatedBy: caller.user.id,
        writers: [caller.user.id],
        createdAt: now,
        updatedAt: now,
      },
    });
    return { bundleId, number, digest, revision: 1 };
  },
  audit: ({ input, answer }) => ({
    resource: { kind: 'bundle', id: answer.bundleId, name: input.name },
    detail: { number: answer.number, config_digest: answer.digest },
  }),
  events: ({ answer }) => [{ type: 'bundle', id: answer.bundleId }],
});
