import type { Case } from '../document/cases.ts';
import { recordBytes } from '../document/records.ts';

/** A record that didn't come out: what ended it, where, and in which step of the run. */
export interface Gone {
  /** Its number, from 1 in the order of feeding. */
  record: number;
  node: string;
  what: 'dropped' | 'rejected' | 'discarded' | 'lost';
  step: number;
}

/** What a run of a case gave. */
export interface CaseResult {
  /** By egress, as text with escapes, in the order in which they left. */
  outputs: Readonly<Record<string, readonly string[]>>;
  /** For each of these, the number of the record that it was made of. */
  origins: Readonly<Record<string, readonly number[]>>;
  gone: readonly Gone[];
}

/** The first place where a run is not what its case expects. */
export interface Difference {
  egress: string;
  /** Its place at the egress, from 1. */
  record: number;
  kind: 'missing' | 'extra' | 'differs';
  /** The first byte that differs, from 0; 0 where a whole record is missing or too many. */
  offset: number;
  /** How many records were expected at that egress, and how many came. */
  counts: { expected: number; got: number };
  expected: string | null;
  got: string | null;
  /** Where the missing record went, as far as that can be told. */
  gone: Gone | null;
  /** Where it ended besides: a record that was copied may be lost on each of its ways. */
  also?: readonly Gone[];
}

/** What came of a case. */
export type Outcome =
  | { kind: 'passes' }
  | { kind: 'fails'; difference: Difference }
  /** It could not be run to its end: an error of the run, or a bound. */
  | { kind: 'stopped'; code: string; message: string };

/**
 * Holds what came out against what had to. `reaches` says whether records of a node can get to an
 * egress, so that a record isn't looked for where it never was.
 */
export function judge(
  expected: Case['expected'],
  result: CaseResult,
  reaches: (node: string, egress: string) => boolean,
): Outcome {
  for (const [egress, wanted] of Object.entries(expected)) {
    const got = result.outputs[egress] ?? [];
    const difference = firstDifference(wanted, got);
    if (!difference) continue;
    const { at, kind, offset } = difference;
    const [gone = null, ...also] =
      kind === 'missing' ? goneBefore(egress, at, result, reaches) : [];
    return {
      kind: 'fails',
      difference: {
        egress,
        record: at + 1,
        kind,
        offset,
        counts: { expected: wanted.length, got: got.length },
        expected: kind === 'extra' ? null : (wanted[at] ?? null),
        got: kind === 'missing' ? null : (got[at] ?? null),
        gone,
        ...(also.length > 0 ? { also } : {}),
      },
    };
  }
  return { kind: 'passes' };
}

function firstDifference(
  wanted: readonly string[],
  got: readonly string[],
): { at: number; kind: Difference['kind']; offset: number } | null {
  for (let at = 0; at < Math.max(wanted.length, got.length); at += 1) {
    const [want, have] = [wanted[at], got[at]];
    if (have === undefined) return { at, kind: 'missing', offset: 0 };
    if (want === undefined) return { at, kind: 'extra', offset: 0 };
    const offset = firstByte(want, have);
    if (offset === null) continue;
    // One record more or less moves all behind it: that is said, and not that each of them differs.
    if (equal(have, wanted[at + 1])) return { at, kind: 'missing', offset: 0 };
    if (equal(want, got[at + 1])) return { at, kind: 'extra', offset: 0 };
    return { at, kind: 'differs', offset };
  }
  return null;
}

const equal = (a: string, b: string | undefined) => b !== undefined && firstByte(a, b) === null;

/** The offset of the first byte that differs; null where none does. */
function firstByte(a: string, b: string): number | null {
  if (a === b) return null;
  const [left, right] = [recordBytes(a), recordBytes(b)];
  if (!left || !right) return 0;
  const most = Math.max(left.length, right.length);
  for (let at = 0; at < most; at += 1) if (left[at] !== right[at]) return at;
  return null;
}

/** A reject says more than a loss, and that more than a drop, which a plan asks for. */
const WEIGHT: Record<Gone['what'], number> = { rejected: 0, lost: 1, discarded: 1, dropped: 2 };

/** What ended a record that isn't at this egress and would stand behind the one before it. */
function goneBefore(
  egress: string,
  at: number,
  { origins, gone }: CaseResult,
  reaches: (node: string, egress: string) => boolean,
): Gone[] {
  const arrived = origins[egress] ?? [];
  const before = at > 0 ? (arrived[at - 1] ?? 0) : 0;
  const came = new Set(arrived);
  const ends = gone
    .filter(({ record, node }) => record >= before && reaches(node, egress))
    // Of a record that arrived, a copy may have been lost; one of which nothing arrived says more.
    .sort(
      (a, b) =>
        Number(came.has(a.record)) - Number(came.has(b.record)) ||
        WEIGHT[a.what] - WEIGHT[b.what] ||
        a.record - b.record ||
        a.step - b.step,
    );
  const [first] = ends;
  return ends.filter(({ what, record }) => what === first?.what && record === first.record);
}

const VERBS: Record<Gone['what'], (nodes: string, record: number) => string> = {
  rejected: (nodes, record) => `${nodes} rejected #${record}`,
  dropped: (nodes, record) => `${nodes} dropped #${record}`,
  discarded: (nodes, record) => `the full lane behind ${nodes} dropped #${record}`,
  lost: (nodes, record) => `${nodes} read too late for #${record}`,
};

/** Everything that ended the missing record. */
export function endsOf({ gone, also = [] }: Difference): readonly Gone[] {
  return gone ? [gone, ...also] : [];
}

/** What ended a record: “: failed and hash dropped #12”. */
function endText(ends: readonly Gone[]): string {
  const [first] = ends;
  if (!first) return '';
  return `: ${VERBS[first.what](listed(ends.map(({ node }) => node)), first.record)}`;
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** A difference as a sentence: “Expected 1 record at archive, got none: hash rejected #316.” */
export function differenceText(difference: Difference): string {
  const { egress, kind, counts, record, offset } = difference;
  const came = `Expected ${counted(counts.expected)} at ${egress}, got ${counts.got || 'none'}`;
  if (kind === 'differs') return `Record ${record} at ${egress} differs from byte ${offset} on.`;
  const what =
    counts.expected === counts.got
      ? kind === 'missing'
        ? `Record ${record} is missing at ${egress}`
        : `Record ${record} at ${egress} is one too many`
      : came;
  return `${what}${endText(endsOf(difference))}.`;
}

function counted(records: number): string {
  if (records === 0) return 'no record';
  return records === 1 ? '1 record' : `${records} records`;
}
