/** What an agent should run, slot by slot. */

interface SlotDeployment {
  slot: string;
  deploymentId: string;
  epoch: number;
  bundleHash: string;
}

export interface Desired extends SlotDeployment {
  state: 'run' | 'stop';
}

/**
 * `wanted` are the deployments that were shipped to the agent and neither failed nor were
 * superseded; in each slot the newest epoch counts. What runs in a slot where nothing is wanted
 * has to stop. What is `held` in a stopped slot is named as long as it may be resumed: an agent forgets
 * a slot that nobody names, and couldn't start it again once its bundle expired. Sorted by slot.
 */
export function desiredOf(
  wanted: readonly SlotDeployment[],
  running: readonly SlotDeployment[],
  held: readonly SlotDeployment[] = [],
): Desired[] {
  const bySlot = new Map<string, Desired>();
  for (const one of wanted) {
    const known = bySlot.get(one.slot);
    if (!known || one.epoch > known.epoch) bySlot.set(one.slot, { ...one, state: 'run' });
  }
  for (const one of [...running, ...held]) {
    if (!bySlot.has(one.slot)) bySlot.set(one.slot, { ...one, state: 'stop' });
  }
  return [...bySlot.values()].sort((a, b) => (a.slot < b.slot ? -1 : 1));
}
