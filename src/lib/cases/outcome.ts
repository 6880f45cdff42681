import type { Case } from '../document/cases.ts';
import { judge, type CaseResult, type Outcome } from './judge.ts';

/** What a run of one case may take (docs/spec/cases.md). */
const STEPS = 1_000_000;
const OUT_BYTES = 4 << 20;
/** The record size of a config bundle that says nothing else. */
const RECORD_BYTES = 256;

/** The parts of a plan that a case speaks of; the compiler's graph has them. */
export interface CasePlan {
  boundaries: readonly { id: string; kind: 'ingress' | 'egress' }[];
  connections: readonly { from: string; to: string }[];
}

/** `RunRequest` of the package that runs stages. */
interface CaseRequest {
  spec: string;
  input: { ingress: string; records: string[] }[];
  secrets: never[];
  record_bytes: number;
  seed: number;
  steps: number;
  bytes: number;
}

/** `RunAnswer` of that package, as far as cases are judged by it. */
export interface CaseAnswer {
  outputs: { egress: string; records: string[]; numbers: number[] }[];
  ends: { record: number; node: string; what: string; step: number }[];
  finished: boolean;
  failure: { code: string; message: string } | null;
}

/** The run of a case: all its input, ingress after ingress by id, with the schedule of seed 0. */
export function requestOf(specKv: string, { input }: Case): CaseRequest {
  return {
    spec: specKv,
    input: Object.keys(input)
      .sort()
      .map((ingress) => ({ ingress, records: input[ingress] ?? [] })),
    secrets: [],
    record_bytes: RECORD_BYTES,
    seed: 0,
    steps: STEPS,
    bytes: OUT_BYTES,
  };
}

/** Why a plan can't run a case: it speaks of an ingress or egress that isn't there. */
export function misfit({ input, expected }: Case, plan: CasePlan): Outcome | null {
  const sides = [
    ['ingress', input],
    ['egress', expected],
  ] as const;
  for (const [kind, lists] of sides) {
    const known = plan.boundaries.filter((one) => one.kind === kind).map(({ id }) => id);
    const unknown = Object.keys(lists).find((id) => !known.includes(id));
    if (unknown !== undefined)
      return {
        kind: 'stopped',
        code: `case_${kind}`,
        message: `The plan has no ${kind} ${unknown}; it has ${known.join(', ') || 'none'}.`,
      };
  }
  return null;
}

/** What came of a case, by the answer to its run. */
export function outcomeOf(one: Case, answer: CaseAnswer, plan: CasePlan): Outcome {
  if (answer.failure)
    return { kind: 'stopped', code: answer.failure.code, message: answer.failure.message };
  if (!answer.finished)
    return {
      kind: 'stopped',
      code: 'case_bounds',
      message: 'The run came to its end before its records did: it takes too many steps or bytes.',
    };
  return judge(one.expected, resultOf(answer, plan), reachesOf(plan));
}

function resultOf(answer: CaseAnswer, plan: CasePlan): CaseResult {
  const egresses = plan.boundaries.filter(({ kind }) => kind === 'egress').map(({ id }) => id);
  const outputs: Record<string, string[]> = {};
  const origins: Record<string, number[]> = {};
  for (const { egress, records, numbers } of answer.outputs) {
    // The records of a ring leave through its last stage; its spec has no name for the egress.
    const id = egresses.includes(egress) ? egress : (egresses[0] ?? egress);
    outputs[id] = records;
    origins[id] = numbers;
  }
  return {
    outputs,
    origins,
    gone: answer.ends.flatMap(({ record, node, what, step }) =>
      what === 'dropped' || what === 'rejected' || what === 'discarded' || what === 'lost'
        ? [{ record, node, what, step }]
        : [],
    ),
  };
}

/** Whether records of an element can get to another; inserted roles stand where their elements do. */
function reachesOf(plan: CasePlan): (node: string, egress: string) => boolean {
  const next = Map.groupBy(plan.connections, ({ from }) => from);
  return (node, egress) => {
    // `merge.out` and `bridge.in.parse` are named after the elements that they stand beside.
    const waiting = next.has(node) ? [node] : node.split('.').filter((part) => next.has(part));
    const seen = new Set<string>();
    while (waiting.length > 0) {
      const at = waiting.pop() as string;
      if (at === egress) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      waiting.push(...(next.get(at) ?? []).map(({ to }) => to));
    }
    return false;
  };
}
