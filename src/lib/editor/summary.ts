import type { CompileSummary, KeyForm, PlanGraph, StageFamily } from '$lib/compiler';

/** The letter that stands for a lane kind, on wires and in counts. */
export const laneLetters = {
  events: 'E',
  journal: 'J',
  sequenced_slots: 'S',
  fanout_broadcast: 'F',
} as const;

/** A kind of something, with how many there are. */
interface Counted<Kind extends string = string> {
  kind: Kind;
  number: number;
}

function counted<Kind extends string>(kinds: readonly Kind[], found: readonly string[]) {
  return kinds.flatMap((kind): Counted<Kind>[] => {
    const number = found.filter((other) => other === kind).length;
    return number > 0 ? [{ kind, number }] : [];
  });
}

const partsOf = (report: CompileSummary, path: string) =>
  report.map.lists.find((list) => list.path === path)?.parts ?? [];

/** The roles that lowering inserted. */
export function insertedRoles(report: CompileSummary): Counted<'bridge' | 'router' | 'merge'>[] {
  const kinds = partsOf(report, 'lane_graph.roles').map(({ kind }) => kind ?? 'stage');
  return counted(['bridge', 'router', 'merge'], kinds);
}

/** The lanes of the spec, by kind. Empty for a ring, which has none. */
export function laneCounts(report: CompileSummary): Counted<keyof typeof laneLetters>[] {
  const kinds = partsOf(report, 'lane_graph.lanes').map(({ kind }) => kind ?? 'events');
  return counted(['events', 'journal', 'sequenced_slots', 'fanout_broadcast'], kinds);
}

/** What happens to a record whose lane is full, by the plan's settings (docs/spec/plan.md). */
export function whenFull(graph: PlanGraph): string {
  const set = graph.settings.lane_graph.find(({ name }) => name === 'on_full')?.value;
  return set === 'drop' ? 'the record is dropped' : 'its writer waits';
}

/** The stages that need each capability, by the catalogue. */
export function needsOf(
  graph: PlanGraph,
  families: readonly StageFamily[],
): { capability: string; stages: string[] }[] {
  const by = new Map<string, string[]>();
  for (const { id, family } of graph.stages) {
    const capability = families.find(({ name }) => name === family)?.capability;
    if (capability) by.set(capability, [...(by.get(capability) ?? []), id]);
  }
  return [...by].map(([capability, stages]) => ({ capability, stages }));
}

/** The stages of a class, in the order of the text. */
export function stagesOfClass(graph: PlanGraph, wanted: string): string[] {
  return graph.stages.filter((stage) => stage.class === wanted).map(({ id }) => id);
}

/** Merges that take the most urgent of several inputs first: what they do, and which that is. */
export function priorityMerges(
  report: CompileSummary,
): { role: string; does: string; first: string }[] {
  return report.actions.flatMap(({ code, args }) => {
    if (code !== 'A_MERGE_ADDED' || args.policy !== 'priority') return [];
    const { role = '', does = '', first = '' } = args;
    return [{ role, does, first }];
  });
}

/** The secrets that stage keys name, each with the stages that need it, by name. */
export function secretsOf(
  stages: readonly {
    id: string;
    family: Pick<StageFamily, 'parameters'> | undefined;
    form: KeyForm | null;
  }[],
): { secret: string; stages: string[] }[] {
  const by = new Map<string, string[]>();
  for (const { id, family, form } of stages)
    for (const [index, { kind }] of (family?.parameters ?? []).entries()) {
      const secret = kind === 'secret' ? form?.values[index] : null;
      if (secret) by.set(secret, [...(by.get(secret) ?? []), id]);
    }
  return [...by]
    .map(([secret, stages]) => ({ secret, stages }))
    .sort((a, b) => (a.secret < b.secret ? -1 : 1));
}
