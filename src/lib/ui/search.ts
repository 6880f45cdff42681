/** What a search knows of something: what it is called, and what else is said about it. */
export interface Searchable {
  /** Its names: title, id, name of its family. One that is typed in full comes first. */
  names: readonly string[];
  /** Whatever else may be looked for. */
  said?: string;
}

/** A range of a text, in UTF-16 units. */
export type Mark = readonly [start: number, end: number];

const normal = (text: string) => text.trim().toLowerCase();

/**
 * How well a search fits; null where it doesn't. A whole name beats a name's beginning, that a
 * word's beginning, that any other place or its words in any order, and all of them what is only said
 * about a thing.
 */
export function fit(search: string, { names, said = '' }: Searchable): number | null {
  const wanted = normal(search);
  if (wanted === '') return 0;
  const best = Math.max(...names.map((name) => fitName(wanted, normal(name))));
  if (best > 0) return best;
  const all = [...names, said].join(' ').toLowerCase();
  return wanted.split(/\s+/u).every((word) => all.includes(word)) ? 1 : null;
}

/** Whether a search is one of the names, and not only a part of one. */
export function isExact(search: string, { names }: Searchable): boolean {
  return names.some((name) => normal(name) === normal(search));
}

function fitName(wanted: string, name: string): number {
  if (name === wanted) return 6;
  if (name.startsWith(wanted)) return 5;
  const at = name.indexOf(wanted);
  if (at > 0) return wordStarts(name).has(at) ? 4 : 3;
  const words = wanted.split(/\s+/u);
  if (words.length > 1 && words.every((word) => name.includes(word))) return 3;
  return isSubsequence(wanted, name) ? 2 : 0;
}

function wordStarts(name: string): Set<number> {
  return new Set([...name.matchAll(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu)].map(({ index }) => index));
}

/** Whether the letters stand in the name at beginnings of words, in their order: `jm` is json_mask. */
function isSubsequence(wanted: string, name: string): boolean {
  const starts = wordStarts(name);
  let from = 0;
  for (const letter of wanted) {
    const at = [...starts].find((start) => start >= from && name[start] === letter);
    if (at === undefined) return false;
    from = at + 1;
  }
  return wanted.length > 1;
}

/** Those that fit, the best first; those that fit alike stay in their order. */
export function ranked<T>(
  search: string,
  things: readonly T[],
  searchable: (thing: T) => Searchable,
): T[] {
  return things
    .flatMap((thing) => {
      const fits = fit(search, searchable(thing));
      return fits === null ? [] : [{ thing, fits }];
    })
    .sort((a, b) => b.fits - a.fits)
    .map(({ thing }) => thing);
}

/** Where a title matches, to be marked. */
function marksIn(title: string, search: string): Mark[] {
  const wanted = normal(search);
  if (wanted === '') return [];
  const text = title.toLowerCase();
  const whole = text.indexOf(wanted);
  if (whole >= 0) return [[whole, whole + wanted.length]];
  const marks = wanted
    .split(/\s+/u)
    .flatMap((word): Mark[] => {
      const at = text.indexOf(word);
      return at < 0 ? [] : [[at, at + word.length]];
    })
    .sort(([a], [b]) => a - b);
  return marks.filter(([start], index) => index === 0 || start >= (marks[index - 1]?.[1] ?? 0));
}

/** A title in pieces, those that match being marked. */
export function pieces(title: string, search: string): { text: string; marked: boolean }[] {
  const result: { text: string; marked: boolean }[] = [];
  let from = 0;
  for (const [start, end] of marksIn(title, search)) {
    if (start > from) result.push({ text: title.slice(from, start), marked: false });
    result.push({ text: title.slice(start, end), marked: true });
    from = end;
  }
  if (from < title.length) result.push({ text: title.slice(from), marked: false });
  return result;
}
