import type { MergeChange, MergeIncoming } from '$lib/compiler/types';

const VERBS: Record<MergeChange, string> = {
  added: 'Added',
  changed: 'Changed',
  removed: 'Removed',
  renamed: 'Renamed',
};
const MOST_NAMES = 4;

/** What a merge brought in, in a sentence or two: names of elements, numbers of the rest. */
export function incomingText(incoming: readonly MergeIncoming[]): string {
  return (['added', 'changed', 'renamed', 'removed'] as const)
    .map((change) => {
      const here = incoming.filter((one) => one.change === change).map(({ element }) => element);
      const parts = [
        ...names(here.filter((element) => element !== 'comment' && !element.includes('->'))),
        ...counted(here.filter((element) => element.includes('->')).length, 'connection'),
        ...counted(here.filter((element) => element === 'comment').length, 'comment'),
      ];
      return parts.length > 0 ? `${VERBS[change]}: ${parts.join(', ')}.` : '';
    })
    .filter(Boolean)
    .join(' ');
}

function names(elements: string[]): string[] {
  const more = elements.length - MOST_NAMES;
  return more > 0 ? [...elements.slice(0, MOST_NAMES), `${more} more`] : elements;
}

function counted(count: number, noun: string): string[] {
  if (count === 0) return [];
  return [count === 1 ? `1 ${noun}` : `${count} ${noun}s`];
}
