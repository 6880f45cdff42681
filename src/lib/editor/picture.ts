import type {
  CompileSummary,
  Diagnostic,
  ExecutionTarget,
  PlanConnection,
  PlanGraph,
  StageFamily,
} from '$lib/compiler';
import type { CanvasElement, CanvasInserted, CanvasLane, CanvasWire } from '$lib/canvas/model';
import { elementsOf, intentText, problemCounts, worst } from './graph';

/** What the compiler says about a plan, as far as the canvas shows it. */
export interface PictureOf {
  graph: PlanGraph;
  target: ExecutionTarget;
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
export function pictureWires({
  graph,
  target,
  problems,
  inserted,
  report,
}: PictureOf): CanvasWire[] {
  const lanes = lanesByWire(graph, report);
  return graph.connections.map((connection) => ({
    id: connection.id,
    from: connection.from,
    to: connection.to,
    intent: intentText(connection.intent),
    severity: worst(problems.get(connection.id)),
    ...problemCounts(problems.get(connection.id)),
    inserted: inserted.get(connection.id) ?? nothing,
    lanes: lanes.get(connection.id) ?? (target === 'lane_graph' ? laneAsked(connection) : nothing),
  }));
}

/** The capacity of a lane of slots that is asked for without one. */
const SLOTS = 1024;

/** The lane that a connection asks for, while the plan gives no spec that has it. */
function laneAsked({ id, intent }: PlanConnection): CanvasLane[] {
  const kind = intent?.kind ?? 'events';
  return [{ id, kind, capacity: kind === 'sequenced_slots' ? (intent?.capacity ?? SLOTS) : null }];
}

/** Where a lane lies on the way of a connection's records. */
const ORDER = { intoRouter: 0, intoBridge: 1, plain: 2, behindBridge: 3, behindMerge: 4 };

/**
 * The lanes that each connection's records pass, in their order: a connection has one, and one more
 * for each router, bridge and merge on its way. A lane is named after what it leads from and to, with
 * inserted roles by their names.
 */
function lanesByWire(
  graph: PlanGraph,
  report: PictureOf['report'],
): ReadonlyMap<string, CanvasLane[]> {
  const lists = report?.map.lists ?? [];
  const list = (path: string) => lists.find((one) => one.path === path)?.parts ?? [];
  const roles = new Map(
    list('lane_graph.roles').flatMap(({ id, kind }) => (kind ? [[id, kind] as const] : [])),
  );
  const intents = new Map(graph.connections.map(({ id, intent }) => [id, intent]));
  const bridged = bridgedLanes(report);
  const byWire = new Map<string, { lane: CanvasLane; place: number }[]>();
  for (const { id, kind = 'events', elements } of list('lane_graph.lanes')) {
    if (!isLaneKind(kind)) continue;
    const place = placeOnWay(id, roles);
    const lane = { id, kind, capacity: null };
    for (const wire of elements) {
      const entry = { lane, place };
      const lanes = byWire.get(wire);
      if (lanes) lanes.push(entry);
      else byWire.set(wire, [entry]);
    }
  }
  return new Map(
    [...byWire].map(([wire, entries]) => {
      const lanes = entries.sort((a, b) => a.place - b.place);
      const intent = intents.get(wire);
      const asked = intent?.kind === 'sequenced_slots' ? (intent.capacity ?? SLOTS) : null;
      const beforeBridge = lanes.some(({ place }) => place === ORDER.behindBridge)
        ? ORDER.plain
        : ORDER.intoBridge;
      return [
        wire,
        lanes.map(({ lane, place }) => {
          if (lane.kind !== 'sequenced_slots') return lane;
          const bridge = bridged.get(wire);
          const side = bridge && (place <= beforeBridge ? bridge.from : bridge.to);
          return { ...lane, capacity: capacityIn(side) ?? (bridge ? null : asked) };
        }),
      ];
    }),
  );
}

/** What the lanes before and behind the bridge of a connection are, as the compiler words it. */
function bridgedLanes(
  report: PictureOf['report'],
): ReadonlyMap<string, { from: string; to: string }> {
  const bridged = new Map<string, { from: string; to: string }>();
  for (const { code, args, elements } of report?.actions ?? []) {
    if (code !== 'A_BRIDGE_INSERTED') continue;
    for (const id of elements)
      bridged.set(id, { from: args.from_kind ?? '', to: args.to_kind ?? '' });
  }
  return bridged;
}

/** `sequenced_slots 128` holds 128 records. */
function capacityIn(lane: string | undefined): number | null {
  const capacity = Number(lane?.split(' ')[1]);
  return Number.isInteger(capacity) && capacity > 0 ? capacity : null;
}

function placeOnWay(lane: string, roles: ReadonlyMap<string, string>): number {
  const parts = lane.split('.');
  // From the longest name on: `bridge.a.b.b` begins with the role `bridge.a.b`.
  for (let length = parts.length - 1; length > 1; length -= 1) {
    const into = roles.get(parts.slice(-length).join('.'));
    if (into === 'router') return ORDER.intoRouter;
    if (into === 'bridge') return ORDER.intoBridge;
    const from = roles.get(parts.slice(0, length).join('.'));
    if (from === 'bridge') return ORDER.behindBridge;
    if (from === 'merge') return ORDER.behindMerge;
  }
  return ORDER.plain;
}

function isLaneKind(kind: string): kind is CanvasLane['kind'] {
  return ['events', 'journal', 'sequenced_slots', 'fanout_broadcast'].includes(kind);
}
