import { resume } from '../deployment-state/desire.ts';
import { conflict } from '../errors.ts';
import { operation } from '../operation.ts';
import { findSlot, slotChoice, slotScope } from './find-slot.ts';

/** What was wanted in a slot when it was stopped is wanted again, as it was approved. */
export const resumeSlot = operation({
  kind: 'change',
  name: 'slot.resume',
  input: slotChoice,
  thing: ({ db, caller, input }) => findSlot(db, caller, input),
  scope: slotScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ db, thing: { place, row }, now }) {
    if (!row?.stoppedAt) {
      throw conflict('slot_not_stopped', `The slot ${place.slot} isn't stopped.`, {
        help: 'Look at it again: somebody resumed it, or a later request runs there.',
      });
    }
    const { orgId, environmentId, slot: name } = place;
    await db.slot.update({
      where: { orgId_environmentId_name: { orgId, environmentId, name } },
      data: { stoppedAt: null, stoppedBy: null, stoppedReason: null },
    });
    const deployments = await resume(db, place, now);
    await db.deployment.updateMany({
      where: { orgId, environmentId, slot: name, id: { in: deployments } },
      data: { stoppedAt: null, stoppedBy: null },
    });
    return { deployments };
  },
  audit: ({ input, answer, thing }) => ({
    detail: {
      reason: input.reason,
      stopped_at: thing.row?.stoppedAt?.toISOString() ?? null,
      deployments: answer.deployments,
    },
  }),
  events: ({ answer }) => answer.deployments.map((id) => ({ type: 'deployment', id })),
});
