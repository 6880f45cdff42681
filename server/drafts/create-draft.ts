import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { cases, executionTarget, id, layout, name, planText, samples } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';

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
  }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, input, thing: environment, now }) {
    const draftId = uuidv7();
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
        revision: 1,
        createdBy: caller.user.id,
        updatedBy: caller.user.id,
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
