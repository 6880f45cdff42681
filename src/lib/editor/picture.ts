import type { CompileSummary, Diagnostic, PlanGraph, StageFamily } from '$lib/compiler';
import type { CanvasElement, CanvasInserted, CanvasLane, CanvasWire } from '$lib/canvas/model';
import { elementsOf, intentText, problemCounts, worst } from './graph';

/** What the compiler says about a plan, as far as the canvas shows it. */
export interface PictureOf {
  graph: PlanGraph;
  families: readonly StageFamily[];
  problems: ReadonlyMap<string, Diagnostic[]>;
  inserted: ReadonlyMap<string, CanvasInserted[]>;
  report: Pick<CompileSummary, 'map' | 'actions'> | null;
}

const nothing: [] = [];

/** The nodes that the canvas draws. */
export function pictureElements({
  graph,
  families,
  problems,
  inserted,
}: PictureOf): CanvasElement[] {
  const capabilities = new Map(families.map(({ name, capability }) => [name, capability]));
  return elementsOf(graph).map((element) => ({
    id: element.id,
    kind: element.kind,
    key: element.key,
    family: element.family,
    class: element.class,
    capability: capabilities.get(element.family ?? '') ?? null,
    ...problemCounts(problems.get(element.id)),
    inserted: inserted.get(element.id) ?? nothing,
  }));
}

/** The wires that the canvas draws. */
export function pictureWires({ graph, problems, inserted, report }: PictureOf): CanvasWire[] {
  const lanes = lanesByWire(graph, report);
  return graph.connections.map((connection) => ({
    id: connection.id,
    from: connection.from,
    to: connection.to,
    intent: intentText(connection.intent),
    severity: worst(problems.get(connection.id)),
    ...problemCounts(problems.get(connection.id)),
    inserted: inserted.get(connection.id) ?? nothing,
    lanes: lanes.get(connection.id) ?? nothing,
  }));
}

/** The capacity of a lane of slots that doesn't say one. */
const SLOTS = 1024;

/**
 * The lanes that each connection's records pass, in their order: a connection has one, and one more
 * for each router, bridge and merge on its way. Lanes are named after who writes them.
 */
function lanesByWire(
  graph: PlanGraph,
  report: PictureOf['report'],
): ReadonlyMap<string, CanvasLane[]> {
  const byWire = new Map<string, { lane: CanvasLane; rank: number }[]>();
  const lists = report?.map.lists ?? [];
  const list = (path: string) => lists.find((one) => one.path === path)?.parts ?? [];
  const rank = new Map(
    list('lane_graph.roles').flatMap(({ id, kind }) =>
      kind === 'router'
        ? [[id, 1]]
        : kind === 'bridge'
          ? [[id, 2]]
          : kind === 'merge'
            ? [[id, 3]]
            : [],
    ) as [string, number][],
  );
  const routers = list('lane_graph.roles').flatMap(({ id, kind }) =>
    kind === 'router' ? [id] : [],
  );
  const intents = new Map(graph.connections.map(({ id, intent }) => [id, intent]));
  const bridged = new Map(
    (report?.actions ?? []).flatMap(({ code, args }) =>
      code === 'A_BRIDGE_INSERTED' && args.role ? [[args.role, args.to_kind ?? ''] as const] : [],
    ),
  );
  for (const { id, kind = 'events', elements } of list('lane_graph.lanes')) {
    if (!isLaneKind(kind)) continue;
    const writer = writerOf(id, rank);
    const lane: CanvasLane = { id, kind, capacity: null };
    if (kind === 'sequenced_slots') {
      const said = elements.map((wire) => intents.get(wire)?.capacity).find((one) => one != null);
      const behind = Number(bridged.get(writer ?? '')?.split(' ')[1]);
      lane.capacity = behind || said || SLOTS;
    }
    for (const wire of elements) {
      const lanes = byWire.get(wire);
      const entry = {
        lane,
        rank: isInto(id, routers) ? -1 : writer === undefined ? 0 : (rank.get(writer) ?? 0),
      };
      if (lanes) lanes.push(entry);
      else byWire.set(wire, [entry]);
    }
  }
  return new Map(
    [...byWire].map(([wire, lanes]) => [
      wire,
      lanes.sort((a, b) => a.rank - b.rank).map(({ lane }) => lane),
    ]),
  );
}

/** The inserted role that the lane's name begins with; undefined for a stage or boundary. */
function writerOf(lane: string, roles: ReadonlyMap<string, number>): string | undefined {
  const parts = lane.split('.');
  for (let length = parts.length - 1; length > 1; length -= 1) {
    const role = parts.slice(0, length).join('.');
    if (roles.has(role)) return role;
  }
  return undefined;
}

/** Whether the lane leads to a router: it is named after the router behind its writer. */
function isInto(lane: string, routers: readonly string[]): boolean {
  return routers.some((router) => lane.endsWith(`.${router}`));
}

function isLaneKind(kind: string): kind is CanvasLane['kind'] {
  return ['events', 'journal', 'sequenced_slots', 'fanout_broadcast'].includes(kind);
}
