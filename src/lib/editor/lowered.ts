import type { CompileSummary, Diagnostic, MapPart } from '$lib/compiler';

/** Where on the canvas an inserted role stands: before an element, behind it, or on a connection. */
export type InsertedWhere = 'before' | 'behind' | 'on';

/** A role that lowering inserted. */
export interface Inserted {
  /** Its name in the spec: `router.parse`. */
  role: string;
  kind: 'bridge' | 'router' | 'merge';
  where: InsertedWhere;
  /** What it does, in few words: "copies each record to 3 lanes". */
  does: string;
  /** What the compiler did, and why. */
  why: string;
}

/** A part of the spec that an element became. */
export interface Became {
  path: string;
  id: string;
  /** In words: `stage`, `lane of kind journal`, `router`. */
  what: string;
}

type Report = Pick<CompileSummary, 'map' | 'actions'>;

const kinds: Record<string, { kind: Inserted['kind']; where: InsertedWhere }> = {
  A_BRIDGE_INSERTED: { kind: 'bridge', where: 'on' },
  A_ROUTER_PLACED: { kind: 'router', where: 'behind' },
  A_MERGE_ADDED: { kind: 'merge', where: 'before' },
};

/**
 * Inserted roles by the element or connection that they are drawn at: routers and merges at the
 * element, which an action names first; bridges on each connection that they are for.
 */
export function insertedAt(report: Report | null): ReadonlyMap<string, Inserted[]> {
  const at = new Map<string, Inserted[]>();
  for (const action of report?.actions ?? []) {
    const known = kinds[action.code];
    if (!known) continue;
    const { role = '', does = '' } = action.args;
    const inserted = { ...known, role, does, why: action.message };
    const places =
      known.where === 'on'
        ? action.elements.filter((id) => id.includes('->'))
        : action.elements.slice(0, 1);
    for (const id of places) at.set(id, [...(at.get(id) ?? []), inserted]);
  }
  return at;
}

/** What an element or connection became, in the order of the spec. */
export function becameOf(report: Report | null, element: string): Became[] {
  return (report?.map.lists ?? []).flatMap(({ path, parts }) =>
    parts.flatMap((part, at) =>
      part.elements.includes(element)
        ? [{ path: `${path}.${at}`, id: part.id, what: partWords(path, part) }]
        : [],
    ),
  );
}

/** What lowering did for an element or connection. */
export function actionsFor(report: Report | null, element: string): Diagnostic[] {
  return (report?.actions ?? []).filter((action) => action.elements.includes(element));
}

function partWords(list: string, { kind }: MapPart): string {
  if (list === 'lane_graph.lanes') return `lane of kind ${kind ?? 'events'}`;
  if (list === 'lane_graph.endpoints') return 'endpoint';
  if (list === 'lane_graph.roles') return kind ?? 'stage';
  if (list.endsWith('.depends_on')) return 'barrier behind';
  return 'stage of the ring';
}
