import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { cases, executionTarget, id, integer, layout, name, planText, samples } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { versionOf, writersWith } from './base-version.ts';

/** A new draft at revision 1. */
export const createDraft = operation({
  kind: 'change',
  name: 'draft.create',
  input: z.object({
    environmentId: id,
    name: name(),
    text: planText.default(''),
    target: executionTarget.default('single_ring'),
    layout: layout.default({}),
    cases: cases.default({}),
    samples: samples.default({}),
    /** The number of the version that it starts from. */
    basedOn: integer(1).nullable().default(null),
  }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, input, thing: environment, now }) {
    const draftId = uuidv7();
    const base = input.basedOn === null ? null : await versionOf(db, environment, input.basedOn);
    await db.draft.create({
      data: {
        id: draftId,
        orgId: environment.orgId,
        environmentId: environment.id,
        name: input.name,
        text: input.text,
        target: input.target,
        layout: input.layout,
        cases: input.cases,
        samples: input.samples,
        basedOnId: base?.id ?? null,
        revision: 1,
        createdBy: caller.user.id,
        updatedBy: caller.user.id,
        writers: [...(await writersWith(db, base, caller.user.id))],
        createdAt: now,
        updatedAt: now,
      },
    });
    await services.jobs.enqueue(db, 'spec_ingest', { orgId: environment.orgId, draftId }, draftId);
    return { draftId, revision: 1, savedAt: now.toISOString() };
  },
  audit: unaudited('A draft is never deployed; its versions are recorded.'),
  events: ({ answer }) => [{ type: 'draft', id: answer.draftId }],
});
