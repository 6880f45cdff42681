import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import type { PageCase } from '../case-findings.ts';
import type { Prisma } from '../db/generated/client.ts';
import { refused } from '../errors.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import type { ExecutionTarget } from '../../src/lib/compiler/types.ts';
import { compileVersion } from './compile-version.ts';
import { findVersion } from './find-version.ts';
import { recordOf, storeVersion } from './store-version.ts';

/** Compiles the same text into a version of another environment; the hash has to be the same. */
export const promoteVersion = operation({
  kind: 'change',
  name: 'version.promote',
  input: z.object({ versionId: id, environmentId: id }),
  async thing({ db, caller, input }) {
    const source = await findVersion(db, caller, input.versionId);
    return { source, environment: await findEnvironment(db, caller, input.environmentId) };
  },
  scope: ({ environment }) => environmentScope(environment),
  needs: 'OperateEnvironment',
  async run({ services, db, caller, thing: { source, environment }, now }) {
    const { compiler } = services;
    if (environment.orgId !== source.orgId) {
      throw refused('promotion_other_organization', 'A version stays in its organization.', {
        help: 'Copy the plan text into a draft there.',
      });
    }
    if (environment.id === source.environmentId) {
      throw refused(
        'promotion_same_environment',
        'The version belongs to this environment already.',
      );
    }
    const target = source.target as ExecutionTarget;
    const compiled = compileVersion(compiler, source.text, target);
    if (compiled.specHash !== source.specHash) {
      throw refused(
        'promotion_hash_mismatch',
        "Today's compiler makes another spec of this plan.",
        {
          help: 'Open the plan as a draft, review what changed, and create a new version.',
          args: {
            version: source.specHash,
            compiled: compiled.specHash,
            compilerVersion: source.compilerVersion,
            currentCompilerVersion: compiler.version,
          },
        },
      );
    }
    return storeVersion(
      services,
      db,
      environment,
      {
        name: source.name,
        text: source.text,
        target,
        layout: source.layout as Prisma.InputJsonValue,
        cases: source.cases as Prisma.InputJsonObject,
        samples: source.samples as Prisma.InputJsonValue,
        pageCases: source.pageCases as unknown as PageCase[],
        compiled,
        compilerVersion: compiler.version,
        draft: null,
        promotedFrom: source.id,
        createdBy: caller.user.id,
        writers: [],
      },
      now,
    );
  },
  audit: ({ answer, thing }) => recordOf(answer, thing.source.id),
  events: ({ answer }) => [{ type: 'version', id: answer.versionId }],
});
