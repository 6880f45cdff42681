import type { Outcome } from '$lib/cases/judge';
import { misfit, outcomeOf, runOf, type CasePlan } from '$lib/cases/outcome';
import type { Case } from '$lib/document/content';
import type { OnceAnswer, OnceOptions } from '$lib/run/once';
import type { Compared, PlanSide } from './compare';
import { specOf } from './run-both';

type Which = 'before' | 'after';
type RunOnce = (
  spec: string,
  input: Readonly<Record<string, readonly string[]>>,
  options?: OnceOptions,
) => Promise<OnceAnswer>;

/** A case, whoever has it, and what comes of it in each version. */
export interface CaseOfBoth {
  id: string;
  name: string;
  /** Who has the case as it was run; one that was changed is there twice. */
  of: Which | 'both';
  before: Outcome;
  after: Outcome;
}

/** What a reviewer looks for first: what passed and doesn't any more. */
export function breaks({ before, after }: Pick<CaseOfBoth, Which>): boolean {
  return before.kind === 'passes' && after.kind !== 'passes';
}

/**
 * Every case of either version, judged by both: the same case on the plan before and on the one after.
 * Ingresses and egresses that were renamed are the same ones. Those that break stand first.
 */
export async function casesOfBoth(
  compared: Compared,
  runOnce?: RunOnce,
): Promise<readonly CaseOfBoth[]> {
  const { before, after, plans } = compared;
  const run = runOnce ?? (await import('$lib/run/engine')).runOnce;
  const sides = {
    before: { spec: await specOf(before), plan: planOf(plans.before, before) },
    after: { spec: await specOf(after), plan: planOf(plans.after, after) },
  };
  const judged = async (id: string, one: Case, of: CaseOfBoth['of']): Promise<CaseOfBoth> => {
    const written = of === 'before' ? 'before' : 'after';
    const outcome = (which: Which) => {
      const { spec, plan } = sides[which];
      const here = which === written ? one : renamed(one, compared, written, which);
      return outcomeAt(spec, here, plan, run);
    };
    return {
      id,
      name: one.name,
      of,
      before: await outcome('before'),
      after: await outcome('after'),
    };
  };
  const found: CaseOfBoth[] = [];
  for (const id of new Set([...Object.keys(after.cases), ...Object.keys(before.cases)])) {
    const [was, is] = [before.cases[id], after.cases[id]];
    const same = was && is && sameCase(renamed(was, compared, 'before', 'after'), is);
    if (is) found.push(await judged(id, is, same ? 'both' : 'after'));
    if (was && !same) found.push(await judged(id, was, 'before'));
  }
  return found.sort((a, b) => Number(breaks(b)) - Number(breaks(a)));
}

function planOf({ graph }: Compared['plans']['before'], { target }: PlanSide): CasePlan {
  return { ...graph, target };
}

/** The case as the other version would have it: by the ids that ingresses and egresses have there. */
function renamed(one: Case, { union }: Compared, from: Which, to: Which): Case {
  const idIn = (id: string) => {
    const anchor = union.anchorOf(from, id);
    return union.elements.find((element) => element.id === anchor)?.[to]?.id ?? id;
  };
  const lists = (by: Readonly<Record<string, string[]>>) =>
    Object.fromEntries(Object.entries(by).map(([id, records]) => [idIn(id), records]));
  return { ...one, input: lists(one.input), expected: lists(one.expected) };
}

/** Whether two cases put the same in and expect the same; their names may differ. */
function sameCase(a: Case, b: Case): boolean {
  const text = ({ input, expected, recordBytes }: Case) =>
    JSON.stringify([
      recordBytes ?? null,
      ...[input, expected].map((by) =>
        Object.entries(by).sort(([left], [right]) => (left < right ? -1 : 1)),
      ),
    ]);
  return text(a) === text(b);
}

async function outcomeAt(
  spec: string | null,
  one: Case,
  plan: CasePlan,
  runOnce: RunOnce,
): Promise<Outcome> {
  if (spec === null) return { kind: 'stopped', code: 'no_spec', message: 'The plan has errors.' };
  const unfit = misfit(one, plan);
  if (unfit) return unfit;
  const { input, options } = runOf(one, plan);
  try {
    return outcomeOf(one, await runOnce(spec, input, options), plan);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { kind: 'stopped', code: 'run_failed', message };
  }
}
