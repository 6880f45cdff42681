import { changeClasses, type Change, type ChangeClass } from './change-classes';
import { contentKey } from './change-key';

/** What the list leaves out. */
export interface Filters {
  classes: ReadonlySet<ChangeClass>;
  /** Contents that somebody saw before: only changes that aren't among them are shown. */
  seen: ReadonlySet<string> | null;
}

/** A list with what is shown of it, and why the rest isn't: `shown + hidden = total`, always. */
export interface Filtered {
  shown: readonly Change[];
  hidden: number;
  total: number;
  /** Each hidden change is counted at the first reason that hides it. */
  reasons: readonly { words: string; count: number }[];
}

/** Takes a list apart. `seenWords` names what was seen: `seen in v13`. */
export function filterChanges(
  changes: readonly Change[],
  { classes, seen }: Filters,
  seenWords = 'seen before',
): Filtered {
  const counts = new Map<string, number>();
  const hide = (words: string) => counts.set(words, (counts.get(words) ?? 0) + 1);
  const shown = changes.filter((change) => {
    if (classes.has(change.class)) {
      hide(changeClasses.find(({ id }) => id === change.class)?.label ?? change.class);
      return false;
    }
    if (seen?.has(contentKey(change))) {
      hide(seenWords);
      return false;
    }
    return true;
  });
  return {
    shown,
    hidden: changes.length - shown.length,
    total: changes.length,
    reasons: [...counts].map(([words, count]) => ({ words, count })),
  };
}

/** `10 shown + 0 hidden = 10 changes`, and what hides the others: `2 added`. */
export function sumWords({ shown, hidden, total }: Filtered): string {
  return `${shown.length} shown + ${hidden} hidden = ${total} ${total === 1 ? 'change' : 'changes'}`;
}

/** `hidden: 2 added, 3 seen in v13`; empty where nothing is. */
export function hiddenWords({ reasons }: Filtered): string {
  if (reasons.length === 0) return '';
  return `hidden: ${reasons.map(({ words, count }) => `${count} ${words}`).join(', ')}`;
}
