import type { SpecDiff } from '$lib/compiler';

export type ChangeClass = SpecDiff['changes'][number]['class'];

/** Order, letter and word of each class of change; the letter says it where colour can't. */
export const changeClasses: readonly { id: ChangeClass; letter: string; label: string }[] = [
  { id: 'removed', letter: 'R', label: 'removed' },
  { id: 'changed', letter: 'C', label: 'changed' },
  { id: 'rewired', letter: 'W', label: 'rewired' },
  { id: 'added', letter: 'A', label: 'added' },
  { id: 'renamed', letter: 'N', label: 'renamed' },
];

/** The letter of a class. */
export function letterOf(id: ChangeClass): string {
  return changeClasses.find((entry) => entry.id === id)?.letter ?? '?';
}

/**
 * Changes with what costs most to overlook first: what is gone, then what behaves differently, then
 * what is new, then mere names. The order within a class is the compiler's.
 */
export function byRisk(changes: SpecDiff['changes']): SpecDiff['changes'] {
  const rank = (id: ChangeClass) => changeClasses.findIndex((entry) => entry.id === id);
  return changes
    .map((change, index) => ({ change, index }))
    .sort((a, b) => rank(a.change.class) - rank(b.change.class) || a.index - b.index)
    .map(({ change }) => change);
}

/** The counts in words, without the classes that don't occur: `1 removed, 2 changed`. */
export function countWords(counts: SpecDiff['counts']): string {
  return changeClasses
    .filter(({ id }) => counts[id] > 0)
    .map(({ id, label }) => `${counts[id]} ${label}`)
    .join(', ');
}
