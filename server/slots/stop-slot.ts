import { hold } from '../deployment-state/desire.ts';
import { conflict } from '../errors.ts';
import { operation } from '../operation.ts';
import { findSlot, slotChoice, slotScope } from './find-slot.ts';

/**
 * Ends what runs in a slot, on all its agents, and puts nothing in its place. The states of its
 * deployments stay what was approved; that the slot is stopped stands beside them.
 */
export const stopSlot = operation({
  kind: 'change',
  name: 'slot.stop',
  input: slotChoice,
  thing: ({ db, caller, input }) => findSlot(db, caller, input),
  scope: slotScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ db, caller, input, thing: { place, row }, now }) {
    if (row?.stoppedAt) {
      throw conflict('slot_stopped', `The slot ${place.slot} is stopped already.`, {
        help: 'Resume it to run again what was wanted in it.',
      });
    }
    const deployments = await hold(db, place, now);
    if (deployments.length === 0) {
      throw conflict('slot_empty', `Nothing is wanted in the slot ${place.slot}.`, {
        help: 'What is only asked for is withdrawn, not stopped.',
      });
    }
    const { orgId, environmentId, slot: name } = place;
    await db.slot.update({
      where: { orgId_environmentId_name: { orgId, environmentId, name } },
      data: { stoppedAt: now, stoppedBy: caller.user.id, stoppedReason: input.reason },
    });
    await db.deployment.updateMany({
      where: { orgId, id: { in: deployments } },
      data: { stoppedAt: now, stoppedBy: caller.user.id },
    });
    return { stoppedAt: now.toISOString(), deployments };
  },
  audit: ({ input, answer }) => ({
    detail: { reason: input.reason, deployments: answer.deployments },
  }),
  events: ({ answer }) => answer.deployments.map((id) => ({ type: 'deployment', id })),
});
