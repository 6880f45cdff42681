import { z } from 'zod';
import {
  authorize,
  environmentScope,
  findEnvironment,
  scopeWithin,
  userActor,
} from '../authorize.ts';
import type { Caller } from '../caller.ts';
import type { Prisma } from '../db/generated/client.ts';
import { id } from '../inputs.ts';
import { refused } from '../errors.ts';
import type { ExecutionTarget } from '../providers/compiler.ts';
import type { Services } from '../services.ts';
import { compileVersion } from './compile-version.ts';
import { findVersion } from './find-version.ts';
import { storeVersion } from './store-version.ts';

export const promoteVersionInput = z.object({ versionId: id, environmentId: id });

/** Compiles the same text into a version of another environment; the hash has to be the same. */
export async function promoteVersion(
  services: Services,
  caller: Caller,
  input: z.infer<typeof promoteVersionInput>,
) {
  const { database, clock, compiler } = services;
  const source = await findVersion(database.client, caller, input.versionId);
  const scope = scopeWithin(source.environment, 'version', source.id, source.name);
  await authorize(services, caller, 'ViewEnvironment', scope, 'version.promote');
  const environment = await findEnvironment(database.client, caller, input.environmentId);
  await authorize(
    services,
    caller,
    'OperateEnvironment',
    environmentScope(environment),
    'version.promote',
  );
  if (environment.orgId !== source.orgId) {
    throw refused('promotion_other_organization', 'A version stays in its organization.', {
      help: 'Copy the plan text into a draft there.',
    });
  }
  if (environment.id === source.environmentId) {
    throw refused('promotion_same_environment', 'The version belongs to this environment already.');
  }
  const target = source.target as ExecutionTarget;
  const compiled = compileVersion(compiler, source.text, target);
  if (compiled.specHash !== source.specHash) {
    throw refused('promotion_hash_mismatch', "Today's compiler makes another spec of this plan.", {
      help: 'Open the plan as a draft, review what changed, and create a new version.',
      args: {
        version: source.specHash,
        compiled: compiled.specHash,
        compilerVersion: source.compilerVersion,
        currentCompilerVersion: compiler.version,
      },
    });
  }
  const stored = await database.transact((db) =>
    storeVersion(
      services,
      db,
      environment,
      { ...userActor(caller), id: caller.user.id },
      {
        name: source.name,
        text: source.text,
        target,
        layout: source.layout as Prisma.InputJsonValue,
        compiled,
        draft: null,
        promotedFrom: source.id,
      },
      clock.now(),
    ),
  );
  return { ...stored, specHash: compiled.specHash };
}
