import type { Outputs } from '$lib/api';
import { runsWords, slotsOf, type SlotState } from '$lib/workspace/slot-state';

export type Deployment = Outputs['deployments']['list'][number];

/** A slot of two environments: what is wanted to run there on each side, and how the two stand. */
export interface DriftRow {
  slot: string;
  /** The newest that is wanted; null: nothing is. */
  from: Deployment | null;
  to: Deployment | null;
  /** Which agents run which version, where a side has more than one. */
  mixed: { from: string | null; to: string | null };
  kind: 'same' | 'bundle' | 'version' | 'mixed' | 'only_from' | 'only_to';
}

/** Every slot in which something is wanted in either environment, those that differ first. */
export function driftOf(
  from: readonly Deployment[],
  to: readonly Deployment[],
  now: number,
): DriftRow[] {
  const wanted = (list: readonly Deployment[]) =>
    new Map(
      slotsOf(list, now)
        .filter((state) => state.wanted.length > 0)
        .map((state) => [state.slot, state]),
    );
  const [left, right] = [wanted(from), wanted(to)];
  const rows = [...new Set([...left.keys(), ...right.keys()])].sort().map((slot): DriftRow => {
    const [a, b] = [left.get(slot), right.get(slot)];
    return {
      slot,
      from: a?.wanted[0] ?? null,
      to: b?.wanted[0] ?? null,
      mixed: { from: mixedWords(a), to: mixedWords(b) },
      kind: kindOf(a, b),
    };
  });
  return rows.sort((a, b) => Number(a.kind === 'same') - Number(b.kind === 'same'));
}

type State = SlotState<Deployment> | undefined;

const mixedWords = (state: State) => (state && state.programs > 1 ? runsWords(state.runs) : null);

function kindOf(a: State, b: State): DriftRow['kind'] {
  const [from] = a?.wanted ?? [];
  const [to] = b?.wanted ?? [];
  if (!to) return 'only_from';
  if (!from) return 'only_to';
  if (from.version.specHash !== to.version.specHash) return 'version';
  // A side that runs two of them isn't the same as one that runs one.
  if ((a?.programs ?? 0) > 1 || (b?.programs ?? 0) > 1) return 'mixed';
  return from.bundle.id === to.bundle.id ? 'same' : 'bundle';
}
