import type {
  CompareRunsRequest,
  RunAnswer,
  RunComparison,
  RunRequest,
} from '../compiler/types.ts';

/** How a whole run is made. */
export interface OnceOptions {
  /** The most bytes that a record may have, 1 to 16,384; 256 unless said. */
  recordBytes?: number;
  /** Stand-ins for the secrets that keys name; the others have one for all of them. */
  secrets?: Readonly<Record<string, string>>;
  /** Which order the steps have: 0, unless said, goes round the nodes. */
  seed?: number;
  /** The most steps, and the most bytes of all that comes out. */
  steps?: number;
  bytes?: number;
  /** What a ring's way out is called: its spec has no name for it. */
  egress?: string | undefined;
}

/** What came of a whole run. */
export interface OnceAnswer extends Omit<RunAnswer, 'outputs'> {
  /** The records that left, in order, by egress. */
  outputs: Record<string, string[]>;
  /** The number of the record that each of them comes from, in the same places. */
  origins: Record<string, number[]>;
  /** The first record that was dropped, and the first that was rejected. */
  firstDropped: RunAnswer['ends'][number] | null;
  firstRejected: RunAnswer['ends'][number] | null;
}

/** The request of the executor for a whole run. Records are numbered from 1, ingress by ingress. */
export function onceRequest(
  spec: string,
  input: Readonly<Record<string, readonly string[]>>,
  options: OnceOptions = {},
): RunRequest {
  return {
    spec,
    input: Object.entries(input).map(([ingress, records]) => ({ ingress, records: [...records] })),
    secrets: Object.entries(options.secrets ?? {}).map(([name, value]) => ({ name, value })),
    record_bytes: options.recordBytes ?? 256,
    seed: options.seed ?? 0,
    steps: options.steps ?? 2_000_000,
    bytes: options.bytes ?? 16 << 20,
  };
}

/** What the executor answered, by egress. */
export function onceAnswer(answer: RunAnswer, options: OnceOptions = {}): OnceAnswer {
  const { outputs, ...rest } = answer;
  const named = (egress: string) => options.egress ?? egress;
  const first = (what: string) => rest.ends.find((end) => end.what === what) ?? null;
  return {
    ...rest,
    outputs: Object.fromEntries(outputs.map((out) => [named(out.egress), out.records])),
    origins: Object.fromEntries(outputs.map((out) => [named(out.egress), out.numbers])),
    firstDropped: first('dropped'),
    firstRejected: first('rejected'),
  };
}

/** What two versions are run with. */
export interface CompareOptions extends Omit<OnceOptions, 'egress'> {
  /** Elements with another id in the version after, ingresses and egresses too. */
  renamed?: CompareRunsRequest['renamed'];
  /** What a ring's way out is called in each version: its spec has no name for it. */
  egresses?: { before?: string | undefined; after?: string | undefined };
}

/** The request for two versions over the same records, which go in by the ids of the one after. */
export function compareRequest(
  specs: { before: string; after: string },
  input: Readonly<Record<string, readonly string[]>>,
  { renamed = [], ...options }: CompareOptions = {},
): CompareRunsRequest {
  const { spec: after, ...once } = onceRequest(specs.after, input, options);
  return { before: specs.before, after, renamed, ...once };
}

/** What the executor answered, with the ways out of rings by their names. */
export function compareAnswer(
  comparison: RunComparison,
  { egresses = {} }: CompareOptions = {},
): RunComparison {
  return {
    ...comparison,
    egresses: comparison.egresses.map((entry) => {
      const before = egresses.before ?? entry.before_egress ?? entry.egress;
      const egress = (entry.after === null ? egresses.before : egresses.after) ?? entry.egress;
      return {
        ...entry,
        egress,
        before_egress: entry.before === null || before === egress ? null : before,
      };
    }),
  };
}
