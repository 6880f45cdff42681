import type { Outputs } from '$lib/api';
import { slotsOf, type SlotState } from '$lib/workspace/slot-state';

type Environment = Outputs['overview']['get']['environments'][number];
export type SlotDeployment = Environment['deployments'][number];

/** One slot over the environments of a project. */
export interface SlotRow {
  slot: string;
  /** By environment: what holds the slot there. */
  cells: ReadonlyMap<string, SlotState<SlotDeployment>>;
  /** Deployments that are wanted to run in two environments with other specs: what could be compared. */
  drift: { from: SlotDeployment; to: SlotDeployment } | null;
}

/** Slots by environments, by name; an environment further to the right is further on. */
export function slotRows(environments: readonly Environment[], now: number): SlotRow[] {
  const inEach = environments.map(({ id, deployments }) => ({
    id,
    slots: slotsOf(deployments, now),
  }));
  const names = [...new Set(inEach.flatMap(({ slots }) => slots.map(({ slot }) => slot)))].sort();
  return names.map((slot) => {
    const held = inEach.flatMap(({ id, slots }) =>
      slots.filter((one) => one.slot === slot).map((state) => [id, state] as const),
    );
    return { slot, cells: new Map(held), drift: driftOf(held.map(([, state]) => state)) };
  });
}

/** The first two environments that want other specs. */
function driftOf(states: readonly SlotState<SlotDeployment>[]): SlotRow['drift'] {
  const wanted = states.map((state) => state.wanted);
  for (const [at, here] of wanted.entries())
    for (const there of wanted.slice(at + 1))
      for (const from of there)
        for (const to of here)
          if (from.version.specHash !== to.version.specHash) return { from, to };
  return null;
}
