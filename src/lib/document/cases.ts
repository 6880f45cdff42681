/** Records that stand beside a plan, as text with the escapes of the cases: `\n`, `\xNN`, `\\`. */
export interface Sample {
  name: string;
  records: string[];
}

/** How many bytes a record may have: the classes of a pipeline's config (docs/spec/config-bundle.md). */
export const RECORD_CLASSES = [256, 1_024, 4_096, 16_384] as const;
export type RecordClass = (typeof RECORD_CLASSES)[number];

/** What goes in by ingress, and what has to come out by egress; records are escaped as a sample's. */
export interface Case {
  name: string;
  input: Record<string, string[]>;
  expected: Record<string, string[]>;
  /** The class of its records; 256 without it. */
  recordBytes?: Exclude<RecordClass, 256>;
}

/** The record class of a case as a case has it: nothing for the smallest. */
export function withClass(bytes: unknown): Pick<Case, 'recordBytes'> {
  const known = RECORD_CLASSES.find((one) => one === bytes);
  return known === undefined || known === 256 ? {} : { recordBytes: known };
}

/** What a draft holds at most; the server refuses more (`server/inputs.ts`). */
export const CASE_BOUNDS = {
  /** Cases of a draft, and samples. */
  cases: 100,
  samples: 20,
  /** Characters of all cases as JSON, and of all samples. */
  caseText: 256 * 1024,
  sampleText: 512 * 1024,
} as const;

const MOST_NAME = 120;

/** Cases that came from storage or the server; what isn't one is left out. */
export function readCases(value: unknown): Record<string, Case> {
  return readAll(value, (entry) => {
    const [input, expected] = [readLists(entry['input']), readLists(entry['expected'])];
    if (!input || !expected) return null;
    return { name: readName(entry['name']), input, expected, ...withClass(entry['recordBytes']) };
  });
}

/** Samples that came from storage or the server; what isn't one is left out. */
export function readSamples(value: unknown): Record<string, Sample> {
  return readAll(value, (entry) => {
    const records = readRecords(entry['records']);
    return records && { name: readName(entry['name']), records };
  });
}

/** Why these can't be kept with a draft; null where they can. */
export function keptRefusal(
  cases: Readonly<Record<string, Case>>,
  samples: Readonly<Record<string, Sample>>,
): string | null {
  const { cases: mostCases, samples: mostSamples, caseText, sampleText } = CASE_BOUNDS;
  if (Object.keys(cases).length > mostCases) return `A draft holds at most ${mostCases} cases.`;
  if (Object.keys(samples).length > mostSamples)
    return `A draft holds at most ${mostSamples} samples.`;
  if (JSON.stringify(cases).length > caseText)
    return `The cases of a draft have at most ${caseText / 1024} kB together.`;
  if (JSON.stringify(samples).length > sampleText)
    return `The samples of a draft have at most ${sampleText / 1024} kB together.`;
  return null;
}

function readAll<T>(
  value: unknown,
  read: (entry: Record<string, unknown>) => T | null,
): Record<string, T> {
  if (!isObject(value)) return {};
  const all: [string, T][] = [];
  for (const [id, entry] of Object.entries(value)) {
    const one = isObject(entry) ? read(entry) : null;
    if (one) all.push([id, one]);
  }
  return Object.fromEntries(all);
}

function readLists(value: unknown): Record<string, string[]> | null {
  if (!isObject(value)) return null;
  const lists: [string, string[]][] = [];
  for (const [id, entry] of Object.entries(value)) {
    const records = readRecords(entry);
    if (!records) return null;
    lists.push([id, records]);
  }
  return Object.fromEntries(lists);
}

function readRecords(value: unknown): string[] | null {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : null;
}

function readName(value: unknown): string {
  return typeof value === 'string' && value.trim() ? value.slice(0, MOST_NAME) : 'Unnamed';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
