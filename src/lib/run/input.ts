/** What goes in: a sample, or the input of a case. */
export interface RunInput {
  id: string;
  name: string;
  /** Records are numbered in this order. */
  records: readonly (readonly [ingress: string, records: readonly string[]])[];
}

interface SampleRecords {
  id: string;
  name: string;
  records: readonly string[];
}

/**
 * A sample as it goes in at the ingresses. Samples under the ids of the ingresses, as templates have
 * them, go each to its own; any other goes to each of them.
 */
export function inputOfSample(
  sample: SampleRecords,
  all: readonly SampleRecords[],
  ingresses: readonly string[],
): RunInput {
  const own = ingresses.map((id) => all.find((other) => other.id === id));
  const each = own.includes(sample) && own.every((found) => found !== undefined);
  return {
    id: sample.id,
    name: sample.name,
    records: ingresses.map((id, at) => [id, (each && own[at]?.records) || sample.records] as const),
  };
}

/** All records, in the order of their numbers. */
export function recordsIn(input: RunInput | null): readonly string[] {
  const lists = input?.records.map(([, records]) => records) ?? [];
  return lists.length === 1 ? (lists[0] ?? []) : lists.flat();
}

/** A record by its number, from 1, with the ingress that it came in at. */
export function recordAt(
  input: RunInput | null,
  number: number,
): { ingress: string; record: string } | null {
  let left = number - 1;
  for (const [ingress, records] of input?.records ?? []) {
    const record = records[left];
    if (record !== undefined) return { ingress, record };
    left -= records.length;
  }
  return null;
}
