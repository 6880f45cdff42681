import type { CompileSummary, Diagnostic, ForeseenRole, MapPart } from '$lib/compiler';

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

const kinds: Record<string, Inserted['kind']> = {
  A_BRIDGE_INSERTED: 'bridge',
  A_ROUTER_PLACED: 'router',
  A_MERGE_ADDED: 'merge',
};

const wheres: Record<Inserted['kind'], InsertedWhere> = {
  bridge: 'on',
  router: 'behind',
  merge: 'before',
};

/** Inserted roles by the element or connection that they are drawn at. */
export function insertedAt(report: Report | null): ReadonlyMap<string, Inserted[]> {
  return placed(
    (report?.actions ?? []).flatMap(({ code, args, message, elements }) => {
      const kind = kinds[code];
      const { role = '', does = '' } = args;
      return kind ? [{ id: role, kind, does, reason: message, elements }] : [];
    }),
  );
}

/** The same for the roles of a sketch, which a plan with errors has too. */
export function foreseenAt(roles: readonly ForeseenRole[]): ReadonlyMap<string, Inserted[]> {
  return placed(roles);
}

/**
 * Routers and merges stand at the element, which a role names first; bridges on each connection that
 * they are for.
 */
function placed(roles: readonly ForeseenRole[]): ReadonlyMap<string, Inserted[]> {
  const at = new Map<string, Inserted[]>();
  for (const { id: role, kind, does, reason: why, elements } of roles) {
    const where = wheres[kind];
    const inserted = { kind, where, role, does, why };
    const places =
      where === 'on' ? elements.filter((id) => id.includes('->')) : elements.slice(0, 1);
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
