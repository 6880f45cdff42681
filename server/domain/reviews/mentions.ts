/** Who is spoken to in a text: names behind an @, as the people of a place have them. */

interface Named {
  id: string;
  name: string;
}

/** What may not follow a name, or `@Ann` would also be found in `@Anna`. */
const GOES_ON = /^[\p{L}\p{N}_]/u;

/**
 * The people whose names stand in a text behind an @, whatever their case; the longest name counts,
 * and all who share it. An @ inside a word, as in an address, speaks to nobody.
 */
export function mentionedIn<Person extends Named>(
  text: string,
  people: readonly Person[],
): Person[] {
  const written = text.toLowerCase();
  const longestFirst = [...people].sort((a, b) => b.name.length - a.name.length);
  const found = new Set<Person>();
  for (const { index } of written.matchAll(/(?<![\p{L}\p{N}_.])@/gu)) {
    const rest = written.slice(index + 1);
    const named = longestFirst.find(
      ({ name }) => rest.startsWith(name.toLowerCase()) && !GOES_ON.test(rest.slice(name.length)),
    );
    if (!named) continue;
    for (const one of people) {
      if (one.name.toLowerCase() === named.name.toLowerCase()) found.add(one);
    }
  }
  return [...found];
}
