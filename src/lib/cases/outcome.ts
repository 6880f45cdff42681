import type { OnceAnswer } from '../run/once.ts';
import type { Case } from '../document/cases.ts';
import type { ExecutionTarget } from '../compiler/types.ts';
import { judge, type Outcome } from './judge.ts';

/** What a run of one case may take (docs/spec/cases.md). */
const STEPS = 1_000_000;
const OUT_BYTES = 4 << 20;

/** The parts of a plan that a case speaks of; the compiler's graph has them. */
export interface CasePlan {
  target: ExecutionTarget;
  boundaries: readonly { id: string; kind: 'ingress' | 'egress' }[];
  connections: readonly { from: string; to: string }[];
}

/** What a case puts in and how it is run: all its input, ingress after ingress by id. */
export function runOf({ input, recordBytes }: Case, plan: CasePlan) {
  const ids = Object.keys(input).sort();
  return {
    input: Object.fromEntries(ids.map((id) => [id, input[id] ?? []])),
    options: {
      recordBytes: recordBytes ?? 256,
      seed: 0,
      steps: STEPS,
      bytes: OUT_BYTES,
      egress: onlyEgress(plan),
    },
  };
}

/** What the records of a ring leave through: its spec has no name for it. */
function onlyEgress({ target, boundaries }: CasePlan): string | undefined {
  return target === 'single_ring'
    ? boundaries.find(({ kind }) => kind === 'egress')?.id
    : undefined;
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
export function outcomeOf(one: Case, answer: OnceAnswer, plan: CasePlan): Outcome {
  if (answer.failure)
    return { kind: 'stopped', code: answer.failure.code, message: answer.failure.message };
  if (!answer.finished)
    return {
      kind: 'stopped',
      code: 'case_bounds',
      message: 'The run came to its end before its records did: it takes too many steps or bytes.',
    };
  const gone = answer.ends.flatMap(({ record, node, what, step }) =>
    what === 'dropped' || what === 'rejected' || what === 'discarded' || what === 'lost'
      ? [{ record, node, what, step }]
      : [],
  );
  return judge(one.expected, { ...answer, gone }, reachesOf(plan));
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
