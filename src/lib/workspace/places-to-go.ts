import type { IconName } from '$lib/ui/icons';

/** Something that can be found by a few letters: a place to go to, or something to do. */
export interface Entry {
  id: string;
  title: string;
  /** What it is, or where it stands. */
  detail: string;
  icon: IconName;
  href?: string;
  run?: () => void;
}

/** How well an entry answers the words: 0 not at all; an exact title before its beginning, before a part. */
function rank(entry: Entry, words: readonly string[]): number {
  const title = entry.title.toLowerCase();
  const all = `${title} ${entry.detail.toLowerCase()}`;
  if (!words.every((word) => all.includes(word))) return 0;
  const asked = words.join(' ');
  if (title === asked) return 4;
  if (title.startsWith(asked)) return 3;
  return title.includes(asked) ? 2 : 1;
}

/** Entries that have all words of what was typed, the best first; of equals the order stays. */
export function found(entries: readonly Entry[], typed: string): Entry[] {
  const words = typed.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [...entries];
  return entries
    .map((entry) => ({ entry, rank: rank(entry, words) }))
    .filter((one) => one.rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map((one) => one.entry);
}
