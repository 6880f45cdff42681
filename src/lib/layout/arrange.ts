import ELK, { type ELK as Engine } from 'elkjs/lib/elk-api.js';
import ElkWorker from 'elkjs/lib/elk-worker.min.js?worker';
import { GAP, simpleLayout, sizeOf, type PlacedNode, type Wire } from '$lib/document/placement';
import type { Position } from '$lib/document/content';

let engine: Engine | null = null;

/** Plans of this size lay out in well under this time; beyond it the simple layout is used. */
const TIMEOUT_MS = 20_000;

/**
 * A layered layout from left to right of the whole graph, computed in the layout engine's own
 * worker. Never rejects: when the engine can't run, the nodes stand in columns by their depth.
 */
export async function arrange(
  nodes: readonly PlacedNode[],
  wires: readonly Wire[],
): Promise<Record<string, Position>> {
  if (nodes.length === 0) return {};
  const known = new Set(nodes.map((node) => node.id));
  const usable = wires.filter((wire) => known.has(wire.from) && known.has(wire.to));
  try {
    engine ??= new ELK({ workerFactory: () => new ElkWorker({ name: 'byteor-layout' }) });
    const result = await withTimeout(
      engine.layout({
        id: 'plan',
        layoutOptions: {
          'elk.algorithm': 'layered',
          'elk.direction': 'RIGHT',
          'elk.layered.spacing.nodeNodeBetweenLayers': String(GAP.along),
          'elk.spacing.nodeNode': String(GAP.across),
          'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
          'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
          'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
          'elk.separateConnectedComponents': 'true',
          'elk.spacing.componentComponent': String(GAP.across * 2),
        },
        children: nodes.map((node) => ({ id: `n:${node.id}`, ...sizeOf(node.kind) })),
        edges: usable.map((wire, index) => ({
          id: `e:${index}`,
          sources: [`n:${wire.from}`],
          targets: [`n:${wire.to}`],
          labels: wire.label
            ? [
                {
                  text: wire.label,
                  // Monospaced letters of the size that the canvas writes them in.
                  width: wire.label.length * 7 + 48,
                  height: 18,
                  layoutOptions: { 'elk.edgeLabels.inline': 'true' },
                },
              ]
            : [],
        })),
      }),
    );
    return Object.fromEntries(
      (result.children ?? []).map((child) => [
        child.id.slice(2),
        { x: Math.round(child.x ?? 0), y: Math.round(child.y ?? 0) },
      ]),
    );
  } catch {
    engine?.terminateWorker();
    engine = null;
    return simpleLayout(nodes, usable);
  }
}

function withTimeout<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The layout took too long.')), TIMEOUT_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
