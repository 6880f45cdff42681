import type { Outputs } from '$lib/api';

type Environment = Outputs['overview']['get']['environments'][number];
export type SlotDeployment = Environment['deployments'][number];

/** One slot over the environments of a project. */
export interface SlotRow {
  slot: string;
  /** By environment, the newest first: what is wanted to run, on its way, or failed last. */
  cells: ReadonlyMap<string, readonly SlotDeployment[]>;
  /** Deployments that are active in two environments with other specs: what could be compared. */
  drift: { from: SlotDeployment; to: SlotDeployment } | null;
}

/** Slots by environments, by name; an environment further to the right is further on. */
export function slotRows(environments: readonly Environment[]): SlotRow[] {
  const slots = [
    ...new Set(environments.flatMap(({ deployments }) => deployments.map(({ slot }) => slot))),
  ].sort();
  return slots.map((slot) => {
    const cells = new Map(
      environments.map(({ id, deployments }) => [
        id,
        deployments.filter((deployment) => deployment.slot === slot),
      ]),
    );
    const active = environments.flatMap(
      ({ id }) =>
        cells.get(id)?.find(({ state, supersededAt }) => state === 'active' && !supersededAt) ?? [],
    );
    const [to] = active;
    const from = active.find(({ version }) => version.specHash !== to?.version.specHash);
    return { slot, cells, drift: from && to ? { from, to } : null };
  });
}
