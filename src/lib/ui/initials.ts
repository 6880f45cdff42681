/** Two letters that stand for a name: of its first and last word, or the first two of its only one. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/[\s_.-]+/u)
    .filter(Boolean);
  const first = [...(words[0] ?? '?')];
  const last = words.length > 1 ? [...(words.at(-1) ?? '')] : first.slice(1);
  return ((first[0] ?? '') + (last[0] ?? '')).toLocaleUpperCase('en');
}
