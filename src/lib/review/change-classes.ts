import type { SemanticDiff } from '$lib/compiler';

export type Change = SemanticDiff['changes'][number];
export type ChangeClass = Change['class'];
type ConsequenceKind = Change['consequences'][number]['kind'];

/** Order, letter and word of each class of change; the letter says it where colour can't. */
export const changeClasses: readonly { id: ChangeClass; letter: string; label: string }[] = [
  { id: 'removed', letter: 'R', label: 'removed' },
  { id: 'changed', letter: 'C', label: 'changed' },
  { id: 'rewired', letter: 'W', label: 'rewired' },
  { id: 'added', letter: 'A', label: 'added' },
  { id: 'renamed', letter: 'N', label: 'renamed' },
];

/** What a consequence is about, in a word or two. */
export const consequenceLabels: Record<ConsequenceKind, string> = {
  output: 'Output',
  ordering: 'Order',
  capacity: 'Capacity',
  backpressure: 'Backpressure',
  fan_out: 'Fan-out',
  capability: 'Capability',
  config: 'Config bundle',
  memory: 'Memory',
  side_effect: 'Side effect',
  lowering: 'Lowering',
  identity: 'Spec hash',
  unused: 'No effect',
};

/** The letter of a class. */
export function letterOf(id: ChangeClass): string {
  return changeClasses.find((entry) => entry.id === id)?.letter ?? '?';
}

/** Whether nothing follows from a change for any record. */
function isHarmless({ class: kind, consequences }: Change): boolean {
  return (
    kind === 'renamed' ||
    (consequences.length > 0 && consequences.every((consequence) => consequence.kind === 'unused'))
  );
}

/**
 * Changes with what costs most to overlook first: by the severity of what follows from them, and among
 * equals what is gone, then what behaves differently, then what is new, then mere names. The order
 * within a class is the compiler’s.
 */
export function byRisk(changes: readonly Change[]): Change[] {
  const gravity = { risk: 0, caution: 1, info: 2 } as const;
  const rank = (change: Change) =>
    isHarmless(change)
      ? changeClasses.length
      : changeClasses.findIndex((entry) => entry.id === change.class);
  return changes
    .map((change, index) => ({ change, index }))
    .sort(
      (a, b) =>
        gravity[a.change.severity] - gravity[b.change.severity] ||
        rank(a.change) - rank(b.change) ||
        a.index - b.index,
    )
    .map(({ change }) => change);
}

/** The counts in words, without the classes that don’t occur: `1 removed, 2 changed`. */
export function countWords(counts: SemanticDiff['counts']): string {
  return changeClasses
    .filter(({ id }) => counts[id] > 0)
    .map(({ id, label }) => `${counts[id]} ${label}`)
    .join(', ');
}
