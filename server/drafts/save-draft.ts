import { z } from 'zod';
import { conflict, notFound, refused } from '../errors.ts';
import {
  cases,
  changedCases,
  changedSamples,
  executionTarget,
  id,
  integer,
  layout,
  planText,
  samples,
  text,
} from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { draftScope, findDraft } from './find-draft.ts';
import { storeRevision } from './store-revision.ts';

/** Compare-and-set on the revision: a stale save changes nothing and says who was there first. */
export const saveDraft = operation({
  kind: 'change',
  name: 'draft.save',
  input: z.object({
    draftId: id,
    /** The revision that the change was made on. */
    baseRevision: integer(1),
    text: planText,
    target: executionTarget,
    layout,
    /** Those that changed since the base revision; the others stay as they are. */
    cases: changedCases.default({}),
    samples: changedSamples.default({}),
    compilerVersion: text(100),
  }),
  thing: ({ db, caller, input }) => findDraft(db, caller, input.draftId),
  scope: draftScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, input, thing: draft, now }) {
    const revision = await storeRevision(
      services,
      db,
      draft,
      {
        baseRevision: input.baseRevision,
        set: {
          text: input.text,
          target: input.target,
          layout: input.layout,
          ...(anyOf(input.cases) && { cases: together(cases, draft.cases, input.cases) }),
          ...(anyOf(input.samples) && {
            samples: together(samples, draft.samples, input.samples),
          }),
          compilerVersion: input.compilerVersion,
        },
        by: caller.user.id,
      },
      now,
    );
    if (revision === null) {
      const current = await db.draft.findFirst({ where: { id: draft.id, orgId: draft.orgId } });
      if (!current) throw notFound('draft');
      const author = await db.user.findUnique({ where: { id: current.updatedBy } });
      throw conflict('draft_revision_stale', 'Somebody saved this draft since you opened it.', {
        help: 'Fetch the current draft, compare, and save again on its revision. Nothing was overwritten.',
        args: {
          baseRevision: input.baseRevision,
          currentRevision: current.revision,
          updatedBy: author?.name ?? 'Someone who left',
          updatedAt: current.updatedAt.toISOString(),
        },
      });
    }
    return { revision, savedAt: now.toISOString() };
  },
  audit: unaudited('A draft is never deployed; its versions are recorded.'),
  events: ({ thing, answer }) => [{ type: 'draft', id: thing.id, revision: answer.revision }],
});

const anyOf = (changed: object) => Object.keys(changed).length > 0;

/**
 * The stored ones with those that changed. What is stored is of the base revision, or the save is
 * refused as stale.
 */
function together<Bounds extends typeof cases | typeof samples>(
  bounds: Bounds,
  stored: unknown,
  changed: Record<string, unknown>,
) {
  const all = Object.entries({ ...(stored as Record<string, unknown>), ...changed });
  const read = bounds.safeParse(Object.fromEntries(all.filter(([, one]) => one !== null)));
  if (!read.success)
    throw refused(
      'draft_beside_too_large',
      read.error.issues[0]?.message ?? 'Cases or samples of this draft are too large.',
      { help: 'Remove some of them, or keep them to this browser.' },
    );
  return read.data;
}
