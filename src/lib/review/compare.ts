import {
  compiler,
  type Compilation,
  type ExecutionTarget,
  type SemanticDiff,
  type StageFamily,
} from '$lib/compiler';
import type { Case, Layout, Sample } from '$lib/document/content';
import { same } from '$lib/document/same';
import { diagnosticsByElement } from '$lib/editor/graph';
import { insertedAt } from '$lib/editor/lowered';
import { pictureElements, pictureWires } from '$lib/editor/picture';
import type { Tone } from '$lib/ui/Badge.svelte';
import type { IconName } from '$lib/ui/icons';
import { byRisk, type Change } from './change-classes';
import { needsArranging, shapeOf, unionLayout } from './union-places';
import { unite, type Picture, type Union } from './union';

/** One of two plans that are compared. */
export interface PlanSide {
  /** What an address names it by. */
  token: string;
  /** `v12`, `draft orders`. */
  name: string;
  /** What is known of where it stands: `runs in production`. */
  state: { words: string; tone: Tone; icon: IconName } | null;
  text: string;
  target: ExecutionTarget;
  /** It says no target: plan text alone doesn't, and is compared for that of the other side. */
  anyTarget?: true;
  layout: Layout;
  cases: Readonly<Record<string, Case>>;
  samples: Readonly<Record<string, Sample>>;
  /** What was compiled of it, for a version. */
  compiled: { specKv: string; specHash: string; compilerVersion: string } | null;
  /** Of a version: comments and ticks are kept for it. */
  version: {
    id: string;
    number: number;
    environmentId: string;
    createdAt: string;
    /** The name that versions of one pipeline share. */
    pipeline: string;
  } | null;
}

/** Two plans, and everything that the page knows of their difference. */
export interface Compared {
  before: PlanSide;
  after: PlanSide;
  plans: { before: Compilation; after: Compilation };
  diff: SemanticDiff;
  /** The changes with what costs most to overlook first. */
  ordered: readonly Change[];
  union: Union;
  layout: Layout;
}

/** Whether two are the same plan, with all that is kept beside it, wherever it runs meanwhile. */
export function samePlan(a: PlanSide, b: PlanSide): boolean {
  return same({ ...a, state: null }, { ...b, state: null });
}

/** Both for one target, where one of them says none. */
export function forOneTarget(before: PlanSide, after: PlanSide) {
  return {
    before: before.anyTarget ? { ...before, target: after.target } : before,
    after: after.anyTarget ? { ...after, target: before.target } : after,
  };
}

/** How one side is called on every pane: `v12 (runs in production)`. */
export function labelOf({ name, state }: Pick<PlanSide, 'name' | 'state'>): string {
  return state ? `${name} (${state.words})` : name;
}

/**
 * The compiler's difference of two sides: of their plans, as far as they can be read. Where another
 * compiler made a version, its text may mean something else today: then of what runs, the specs.
 */
export async function diffSides(before: PlanSide, after: PlanSide): Promise<SemanticDiff> {
  const { compiler_version } = await compiler().call('info', {});
  const [old, now] = [before.compiled, after.compiled];
  const ours = [old, now].every((side) => !side || side.compilerVersion === compiler_version);
  return compiler().call(
    'diff',
    old && now && !ours
      ? { before: { kv: old.specKv }, after: { kv: now.specKv } }
      : {
          before: { text: before.text, target: before.target },
          after: { text: after.text, target: after.target },
          of: 'plan',
        },
  );
}

/** Compares two sides, with one picture of both. */
export async function compare(before: PlanSide, after: PlanSide): Promise<Compared> {
  const call = ({ text, target }: PlanSide) => compiler().call('compile', { text, target });
  const [old, now, diff, families] = await Promise.all([
    call(before),
    call(after),
    diffSides(before, after),
    compiler().call('catalogue', {}),
  ]);
  const union = unite(
    drawn(old, families, before.target),
    drawn(now, families, after.target),
    diff,
  );
  return {
    before,
    after,
    plans: { before: old, after: now },
    diff,
    ordered: byRisk(diff.changes),
    union,
    layout: await place(union, before.layout, after.layout),
  };
}

/** What the canvas draws of a compiled plan; of its problems the errors. */
export function drawn(
  { graph, diagnostics, report }: Compilation,
  families: readonly StageFamily[],
  target: ExecutionTarget,
): Picture {
  const of = {
    graph,
    target,
    families,
    problems: diagnosticsByElement(diagnostics.filter(({ severity }) => severity === 'error')),
    inserted: insertedAt(report),
    report,
  };
  return { elements: pictureElements(of), wires: pictureWires(of) };
}

async function place(union: Union, before: Layout, after: Layout): Promise<Layout> {
  if (!needsArranging(union, before, after)) return unionLayout(union, before, after, {});
  const { arrange } = await import('$lib/layout/arrange');
  const { nodes, wires } = shapeOf(union);
  return unionLayout(union, before, after, await arrange(nodes, wires, after.direction));
}
