import { compiler, type RunComparison, type RunHalf } from '$lib/compiler';
import type { CanvasOverlay, NodeOverlay } from '$lib/canvas/overlay';
import { recordBytes } from '$lib/document/records';
import type { Compared, PlanSide } from './compare';

/** The first record that comes out of an egress in another way, by the record that it was made of. */
export interface FirstDifference {
  /** Its anchor. */
  egress: string;
  /** Its id, after or else before. */
  name: string;
  /** The number of the record that went in, from 1. */
  record: number;
  /** What came out on each side, with the escapes of the cases; null where nothing did. */
  before: string | null;
  after: string | null;
  /** Where it ended, where nothing came out. */
  ended: { node: string; what: string } | null;
  /** The anchor and the id of the node where the ways part, where that is known. */
  parted: { place: string; name: string } | null;
}

/** Both plans over the same records. */
export interface BothRuns {
  before: RunHalf;
  after: RunHalf;
  /** For each egress where something differs, the first of it. */
  differences: readonly FirstDifference[];
  /** Whether the same came out everywhere, but in another order. */
  reordered: readonly string[];
}

/** Records by the ingress that they go in by: its id after, or before where it is gone. */
export type InputOfBoth = Readonly<Record<string, readonly string[]>>;

const STEPS = 2_000_000;
const USUAL_BYTES = 256;
const MOST_BYTES = 16_384;

/** Room for the longest of the records (bytes): as much as a config bundle has that says nothing, or more. */
export function roomFor(records: readonly string[]): number {
  const longest = Math.max(0, ...records.map((record) => recordBytes(record)?.length ?? 0));
  return Math.min(MOST_BYTES, Math.max(USUAL_BYTES, longest));
}

/** The spec that a side runs as; null where its plan has errors. */
export async function specOf(side: PlanSide): Promise<string | null> {
  if (side.compiled) return side.compiled.specKv;
  const { text, target } = side;
  return (await compiler().call('lower', { text, target })).report?.spec_kv ?? null;
}

/** Every ingress of either side, by its id after, or before where it is gone. */
export function ingressesOf({ union }: Pick<Compared, 'union'>): string[] {
  return union.elements.flatMap(({ before, after }) => {
    const element = after ?? before;
    return element?.kind === 'ingress' ? [element.id] : [];
  });
}

/** Runs both over the records, in this page, and says what comes out in another way. */
export async function runBoth(
  { before, after, plans, union, diff }: Compared,
  input: InputOfBoth,
): Promise<BothRuns> {
  const { compareRuns } = await import('$lib/run/engine');
  const specs = await Promise.all(
    [before, after].map(async (side) => {
      const spec = await specOf(side);
      if (spec === null) throw new Error(`The plan of ${side.name} has errors: it can’t be run.`);
      return spec;
    }),
  );
  const wayOut = (side: PlanSide, which: 'before' | 'after') =>
    side.target === 'single_ring'
      ? plans[which].graph.boundaries.find(({ kind }) => kind === 'egress')?.id
      : undefined;
  const comparison = await compareRuns({ before: specs[0] ?? '', after: specs[1] ?? '' }, input, {
    recordBytes: roomFor(Object.values(input).flat()),
    steps: STEPS,
    renamed: diff.union.elements.flatMap(({ id, before_id }) =>
      before_id === null ? [] : [{ before: before_id, after: id }],
    ),
    egresses: { before: wayOut(before, 'before'), after: wayOut(after, 'after') },
  });
  return differencesOf(
    comparison,
    (side, id) => union.anchorOf(side, id) ?? id,
    (side, node, egress) => leadsTo(plans[side].graph.connections, node, egress),
  );
}

/** Whether records can go from one element of a plan to another. */
export function leadsTo(
  connections: readonly { from: string; to: string }[],
  node: string,
  target: string,
): boolean {
  const reached = new Set([node]);
  for (const id of reached) {
    if (id === target) return true;
    for (const { from, to } of connections) if (from === id) reached.add(to);
  }
  return false;
}

/** What the executor found, by anchors. */
export function differencesOf(
  { before, after, egresses }: RunComparison,
  anchorOf: (side: 'before' | 'after', id: string) => string,
  /** Whether a node of a side stands on a way to an egress: a record may end on another way, too. */
  leads: (side: 'before' | 'after', node: string, egress: string) => boolean,
): BothRuns {
  const differences: FirstDifference[] = [];
  const reordered: string[] = [];
  for (const { egress: name, after: count, first } of egresses) {
    if (!first) continue;
    if (first.differs === 'order') {
      reordered.push(name);
      continue;
    }
    const { parted_at } = first;
    const parted = parted_at?.after ?? parted_at?.before;
    differences.push({
      egress: anchorOf(count === null ? 'before' : 'after', name),
      name,
      record: first.record,
      before: first.before?.record ?? null,
      after: first.after?.record ?? null,
      ended:
        first.before && first.after
          ? null
          : first.after
            ? endOf(first.before_trail, (node) => leads('before', node, name))
            : endOf(first.after_trail, (node) => leads('after', node, name)),
      parted: parted
        ? { place: anchorOf(parted_at?.after ? 'after' : 'before', parted), name: parted }
        : null,
    });
  }
  return { before, after, differences, reordered };
}

/** Where a record came to its end on the way to an egress. */
function endOf(
  trail: readonly { node: string; what: string }[],
  leads: (node: string) => boolean,
): FirstDifference['ended'] {
  const ends = ['dropped', 'rejected', 'discarded', 'lost'];
  const end = trail.find(({ node, what }) => ends.includes(what) && leads(node));
  return end ? { node: end.node, what: end.what } : null;
}

type Node = RunHalf['nodes'][number];

/** `0 → 1 rejected`; nothing where neither side did. */
function goneWords(
  was: Node | null | undefined,
  is: Node | null | undefined,
  what: 'dropped' | 'rejected',
): string {
  const [before, after] = [was?.[what] ?? 0, is?.[what] ?? 0];
  if (before === 0 && after === 0) return '';
  return `${before === after ? after : `${before} → ${after}`} ${what}`;
}

/** What each node did on both sides, on the graph: `270 → 269`, before and after. */
export function overlayOfBoth(runs: BothRuns, { union }: Compared): CanvasOverlay {
  const count = (answer: RunHalf) => new Map(answer.nodes.map((node) => [node.id, node]));
  const [old, now] = [count(runs.before), count(runs.after)];
  const nodes = new Map<string, NodeOverlay>();
  const differs = new Set(runs.differences.map(({ egress }) => egress));
  for (const { id, before, after } of union.elements) {
    const was = before && old.get(before.id);
    const is = after && now.get(after.id);
    if (!was && !is) {
      if (differs.has(id))
        nodes.set(id, { counts: 'differs', line: '', tone: 'warn', breakpoint: false });
      continue;
    }
    const passed = [was?.passed, is?.passed].filter((value) => value !== undefined);
    nodes.set(id, {
      counts: passed.length === 2 && passed[0] === passed[1] ? `${passed[0]}` : passed.join(' → '),
      line:
        [goneWords(was, is, 'dropped'), goneWords(was, is, 'rejected')]
          .filter(Boolean)
          .join(', ') || (is?.acts ? 'would act outside' : ''),
      tone: differs.has(id) || passed[0] !== passed.at(-1) ? 'warn' : is?.acts ? 'effect' : 'plain',
      breakpoint: false,
    });
  }
  return { nodes, wires: new Map(), inserted: new Map() };
}
