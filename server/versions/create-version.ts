import { z } from 'zod';
import { authorize, scopeWithin, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import type { Prisma } from '../db/generated/client.ts';
import { conflict, refused } from '../errors.ts';
import { id } from '../inputs.ts';
import { findDraft } from '../drafts/find-draft.ts';
import type { ExecutionTarget } from '../providers/compiler.ts';
import type { Services } from '../services.ts';
import { compileVersion } from './compile-version.ts';
import { storeVersion } from './store-version.ts';

export const createVersionInput = z.object({
  draftId: id,
  /** The saved revision that the author saw. */
  revision: z.int().positive(),
  expectedSpecHash: z.string().max(100),
  compilerVersion: z.string().max(100),
});

/** Recompiles the saved draft and keeps it, provided that the author saw the same hash. */
export async function createVersion(
  services: Services,
  caller: Caller,
  input: z.infer<typeof createVersionInput>,
) {
  const { database, clock, compiler } = services;
  const draft = await findDraft(database.client, caller, input.draftId);
  const scope = scopeWithin(draft.environment, 'draft', draft.id, draft.name);
  await authorize(services, caller, 'OperateEnvironment', scope, 'version.create');
  if (draft.revision !== input.revision) {
    throw conflict('draft_revision_stale', 'The draft was saved again since you looked at it.', {
      help: 'Look at the current draft and create the version from that.',
      args: { revision: input.revision, currentRevision: draft.revision },
    });
  }
  if (input.compilerVersion !== compiler.version) {
    throw conflict('compiler_version_mismatch', 'The page runs another compiler than the server.', {
      help: 'Reload the page; your draft is kept.',
      args: { page: input.compilerVersion, server: compiler.version },
    });
  }
  const target = draft.target as ExecutionTarget;
  const compiled = compileVersion(compiler, draft.text, target);
  if (compiled.specHash !== input.expectedSpecHash) {
    throw refused('version_hash_mismatch', 'The server compiled the saved draft to another spec.', {
      help: 'Reload the page and look at the lowered spec again before creating the version.',
      args: { expected: input.expectedSpecHash, compiled: compiled.specHash },
    });
  }
  const stored = await database.transact((db) =>
    storeVersion(
      services,
      db,
      draft.environment,
      { ...userActor(caller), id: caller.user.id },
      {
        name: draft.name,
        text: draft.text,
        target,
        layout: draft.layout as Prisma.InputJsonValue,
        compiled,
        draft: { id: draft.id, revision: draft.revision },
        promotedFrom: null,
      },
      clock.now(),
    ),
  );
  return { ...stored, specHash: compiled.specHash };
}
