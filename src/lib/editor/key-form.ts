import { compiler, type KeyForm, type StageFamily, type StageParameter } from '$lib/compiler';

/** Keys that were read lately; several forms ask for the same ones, again and again. */
const read = new Map<string, Promise<KeyForm | null>>();
const MOST_READ = 200;

/** The fields of a key; null when its family is unknown or it doesn't follow the grammar. */
export function readKey(key: string): Promise<KeyForm | null> {
  const known = read.get(key);
  if (known) return known;
  const asked = compiler().call('splitKey', { key });
  read.set(key, asked);
  for (const oldest of read.keys()) {
    if (read.size <= MOST_READ) break;
    read.delete(oldest);
  }
  // A compiler that failed may answer the next time.
  asked.catch(() => read.delete(key));
  return asked;
}

/** The key that the fields make; null when the family is unknown. Whether it is valid is the plan's to say. */
export async function writeKey(family: string, values: KeyForm['values']): Promise<string | null> {
  const joined = await compiler().call('joinKey', { family, values });
  return joined?.key ?? null;
}

/** Families under the headings of the catalogue, in its order. */
export function familiesByGroup(
  families: readonly StageFamily[],
): { group: string; families: StageFamily[] }[] {
  const groups: { group: string; families: StageFamily[] }[] = [];
  for (const family of families) {
    const last = groups.at(-1);
    if (last?.group === family.group) last.families.push(family);
    else groups.push({ group: family.group, families: [family] });
  }
  return groups;
}

/** Whether a search finds a family: every word stands somewhere in what is said about it. */
export function familyMatches(family: StageFamily, search: string): boolean {
  const said = [family.name, family.title, family.group, family.summary, family.class]
    .join(' ')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => said.includes(word));
}

/** What a field of a form starts with when a parameter is given that was left out. */
export function startValue(parameter: StageParameter): string {
  return parameter.default ?? parameter.example;
}

/** A name of the catalogue as the label of a field: `FIELD_NAME` is "Field name". */
export function parameterLabel(parameter: StageParameter): string {
  const words = parameter.name.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
