/** The digest that a decision names is typed, as far as nobody types it by habit. */

const CHARACTERS = 4;

/** The groups that people compare a digest by: `['9f3c', '21ab']` of `sha256:9f3c21ab…`. */
export function groupsOf(digest: string): [string, string] {
  const hex = digest.slice(digest.indexOf(':') + 1);
  return [hex.slice(0, CHARACTERS), hex.slice(CHARACTERS, 2 * CHARACTERS)];
}

/** What was typed or pasted, as far as it counts: the whole digest may be pasted, in any spelling. */
export function typedCharacters(text: string): string {
  return text
    .toLowerCase()
    .replace(/^\s*sha256:/, '')
    .replace(/\s/g, '')
    .slice(0, CHARACTERS);
}

export type Typed = 'empty' | 'partly' | 'right' | 'wrong';

/** Whether it is the beginning of the digest; wrong from the first character that isn't. */
export function judgeTyped(text: string, digest: string): Typed {
  const typed = typedCharacters(text);
  const [first] = groupsOf(digest);
  if (typed === '') return 'empty';
  if (!first.startsWith(typed)) return 'wrong';
  return typed === first ? 'right' : 'partly';
}
