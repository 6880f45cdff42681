import type { Outputs } from '$lib/api';
import { standingOf } from '$lib/deployments/standing';

export type Deployment = Outputs['deployments']['list'][number];

/** A slot of two environments: what is deployed there on each side, and how the two stand. */
export interface DriftRow {
  slot: string;
  from: Deployment | null;
  to: Deployment | null;
  kind: 'same' | 'bundle' | 'version' | 'only_from' | 'only_to';
}

/** Every slot of either environment, those that differ first. */
export function driftOf(from: readonly Deployment[], to: readonly Deployment[]): DriftRow[] {
  const active = (list: readonly Deployment[]) =>
    new Map(
      list
        .filter((deployment) => standingOf(deployment) === 'active')
        .map((deployment) => [deployment.slot, deployment]),
    );
  const [left, right] = [active(from), active(to)];
  const rows = [...new Set([...left.keys(), ...right.keys()])].sort().map((slot): DriftRow => {
    const [a, b] = [left.get(slot) ?? null, right.get(slot) ?? null];
    return { slot, from: a, to: b, kind: kindOf(a, b) };
  });
  return rows.sort((a, b) => Number(a.kind === 'same') - Number(b.kind === 'same'));
}

function kindOf(from: Deployment | null, to: Deployment | null): DriftRow['kind'] {
  if (!to) return 'only_from';
  if (!from) return 'only_to';
  if (from.version.specHash !== to.version.specHash) return 'version';
  return from.bundle.id === to.bundle.id ? 'same' : 'bundle';
}
