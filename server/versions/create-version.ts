import { z } from 'zod';
import type { Prisma } from '../db/generated/client.ts';
import { draftScope, findDraft } from '../drafts/find-draft.ts';
import { conflict, refused } from '../errors.ts';
import { digest, id, integer, name, text } from '../inputs.ts';
import { operation } from '../operation.ts';
import type { ExecutionTarget } from '../../src/lib/compiler/types.ts';
import { compileVersion } from './compile-version.ts';
import { recordOf, storeVersion } from './store-version.ts';

/** Recompiles the saved draft and keeps it, provided that the author saw the same hash. */
export const createVersion = operation({
  kind: 'change',
  name: 'version.create',
  input: z.object({
    draftId: id,
    /** The saved revision that the author saw. */
    revision: integer(1),
    expectedSpecHash: text(100),
    compilerVersion: text(100),
    /** Cases that weren't shared with the draft: kept as what this page says it saw. */
    pageCases: z
      .array(z.strictObject({ name: name(), digest, passes: z.boolean() }))
      .max(100)
      .default([]),
  }),
  thing: ({ db, caller, input }) => findDraft(db, caller, input.draftId),
  scope: draftScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, input, thing: draft, now }) {
    const { compiler } = services;
    if (draft.revision !== input.revision) {
      throw conflict('draft_revision_stale', 'The draft was saved again since you looked at it.', {
        help: 'Look at the current draft and create the version from that.',
        args: { revision: input.revision, currentRevision: draft.revision },
      });
    }
    if (input.compilerVersion !== compiler.version) {
      throw conflict(
        'compiler_version_mismatch',
        'The page runs another compiler than the server.',
        {
          help: 'Reload the page; your draft is kept.',
          args: { page: input.compilerVersion, server: compiler.version },
        },
      );
    }
    const target = draft.target as ExecutionTarget;
    const compiled = compileVersion(compiler, draft.text, target);
    if (compiled.specHash !== input.expectedSpecHash) {
      throw refused(
        'version_hash_mismatch',
        'The server compiled the saved draft to another spec.',
        {
          help: 'Reload the page and look at the lowered spec again before creating the version.',
          args: { expected: input.expectedSpecHash, compiled: compiled.specHash },
        },
      );
    }
    return storeVersion(
      services,
      db,
      draft.environment,
      {
        name: draft.name,
        text: draft.text,
        target,
        layout: draft.layout as Prisma.InputJsonValue,
        cases: draft.cases as Prisma.InputJsonObject,
        samples: draft.samples as Prisma.InputJsonValue,
        pageCases: input.pageCases,
        compiled,
        compilerVersion: compiler.version,
        draft: { id: draft.id, revision: draft.revision },
        promotedFrom: null,
        createdBy: caller.user.id,
        writers: draft.writers,
      },
      now,
    );
  },
  audit: ({ answer }) => recordOf(answer),
  events: ({ answer }) => [{ type: 'version', id: answer.versionId }],
});
