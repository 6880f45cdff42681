import ELK, { type ELK as Engine, type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk-api.js';
import ElkWorker from 'elkjs/lib/elk-worker.min.js?worker';
import type { Direction, Position } from '$lib/document/content';
import { CHIP, degreesOf, GAP, sizeOf, type PlacedNode, type Wire } from '$lib/document/placement';
import { simpleLayout, wrapped } from '$lib/document/placement-tidy';

interface Started {
  engine: Engine;
  /** Ends with the engine's first answer; rejects where its script can't be had. */
  ready: Promise<unknown>;
}

let started: Started | null = null;

/** Nobody looks at an empty canvas for longer than this, in ms, while the engine is being fetched. */
const START_MS = 1_500;
/** Plans of this size lay out in well under this time; beyond it the simple layout is used. */
const TIMEOUT_MS = 20_000;

/**
 * A layered layout of the whole graph along the flow, computed in the layout engine's own worker;
 * what has neither branches nor meetings needs no engine, and long chains wrap. Never rejects: where the engine can't run, or isn't there in time, the nodes stand
 * by their depth.
 */
export async function arrange(
  nodes: readonly PlacedNode[],
  wires: readonly Wire[],
  direction: Direction = 'down',
): Promise<Record<string, Position>> {
  if (nodes.length === 0) return {};
  const known = new Set(nodes.map((node) => node.id));
  const usable = wires.filter((wire) => known.has(wire.from) && known.has(wire.to));
  const shape = { nodes, wires: usable };
  const byDepth = () => wrapped(shape, simpleLayout(nodes, usable, direction), direction);
  // Nothing is to be found out about a chain, and a draft begins with one.
  if (isChain(usable)) return byDepth();
  try {
    started ??= start();
    const { engine, ready } = started;
    if (!(await within(ready, START_MS))) return byDepth();
    const result = await withTimeout(engine.layout(elkGraph(nodes, usable, direction)));
    const positions = Object.fromEntries(
      (result.children ?? []).flatMap((child) =>
        child.id.startsWith('n:')
          ? [[child.id.slice(2), { x: Math.round(child.x ?? 0), y: Math.round(child.y ?? 0) }]]
          : [],
      ),
    );
    return wrapped(shape, positions, direction);
  } catch {
    // The next layout starts another one.
    started?.engine.terminateWorker();
    started = null;
    return byDepth();
  }
}

function isChain(wires: readonly Wire[]): boolean {
  const { out, into } = degreesOf(wires);
  return [...out.values(), ...into.values()].every((degree) => degree <= 1);
}

function start(): Started {
  const failed = Promise.withResolvers<never>();
  const engine = new ELK({
    workerFactory: () => {
      const worker = new ElkWorker({ name: 'byteor-layout' });
      // A worker whose script can't be loaded says so here and nowhere else.
      worker.addEventListener('error', () => failed.reject(new Error('The engine did not start.')));
      return worker;
    },
  });
  const ready = Promise.race([engine.knownLayoutAlgorithms(), failed.promise]);
  ready.catch(() => undefined); // Whoever waits for it hears of it.
  return { engine, ready };
}

/** Whether it ended in time. */
async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The graph as the engine takes it. Routers, merges and bridges are nodes there, because they stand
 * on the wires and need their room; where they stand is worked out when they are drawn.
 */
function elkGraph(
  nodes: readonly PlacedNode[],
  wires: readonly Wire[],
  direction: Direction,
): ElkNode {
  const { out, into } = degreesOf(wires);
  const size = { width: CHIP.right, height: CHIP.down };
  const children: ElkNode[] = nodes.map((node) => ({ id: `n:${node.id}`, ...sizeOf(node.kind) }));
  const edges: ElkExtendedEdge[] = [];
  const connect = (from: string, to: string) =>
    edges.push({ id: `e:${edges.length}`, sources: [from], targets: [to] });
  const fans = (id: string) => (out.get(id) ?? 0) > 1;
  const merges = (id: string) => (into.get(id) ?? 0) > 1;
  for (const { id } of nodes) {
    if (fans(id)) {
      children.push({ id: `r:${id}`, ...size });
      connect(`n:${id}`, `r:${id}`);
    }
    if (merges(id)) {
      children.push({ id: `m:${id}`, ...size });
      connect(`m:${id}`, `n:${id}`);
    }
  }
  wires.forEach(({ from, to, label }, at) => {
    const start = fans(from) ? `r:${from}` : `n:${from}`;
    const end = merges(to) ? `m:${to}` : `n:${to}`;
    if (label) {
      children.push({ id: `b:${at}`, ...size });
      connect(start, `b:${at}`);
      connect(`b:${at}`, end);
    } else connect(start, end);
  });
  return {
    id: 'plan',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': direction === 'down' ? 'DOWN' : 'RIGHT',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.layered.spacing.nodeNodeBetweenLayers': String(GAP.along[direction]),
      'elk.layered.spacing.edgeNodeBetweenLayers': '12',
      'elk.layered.spacing.edgeEdgeBetweenLayers': '8',
      'elk.spacing.nodeNode': String(GAP.across),
      'elk.spacing.edgeNode': '12',
      'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
      'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
      'elk.separateConnectedComponents': 'true',
      'elk.spacing.componentComponent': String(GAP.across * 2),
    },
    children,
    edges,
  };
}

function withTimeout<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The layout took too long.')), TIMEOUT_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
