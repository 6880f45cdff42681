import type { RunLook, RunShape } from '$lib/compiler';
import type { CanvasOverlay, NodeOverlay, WireOverlay } from '$lib/canvas/overlay';
import type { NodeFacts, RunView } from './view';
import { count, wouldAct } from './words';

/** What the overlay is made of. */
export interface AtStep {
  shape: RunShape;
  view: RunView;
  /** The step that comes next, and the one that was taken last. */
  next: RunLook | null;
  last: RunLook | null;
  /** Whether a breakpoint stops at an element. */
  stopsAt: (id: string) => boolean;
  /** Connections of the plan. */
  connections: readonly { id: string; to: string }[];
  /** The plan's names for the ends of a ring, which its spec has none for. */
  ring: { ingress: string | undefined; egress: string | undefined };
}

/**
 * What stands on the canvas at a step: on nodes what went in and came out and what became of the
 * rest, on wires the record that is on them and how full the lane is.
 */
export function overlayAt(at: AtStep, before: CanvasOverlay | null = null): CanvasOverlay {
  const { shape, view, next } = at;
  const nodes = new Map<string, NodeOverlay>();
  const wires = new Map<string, WireOverlay>();
  const inserted = new Map<string, string>();
  const focus = next?.record || at.last?.record || 0;
  const shards = new Map<string, NodeFacts[]>();
  shape.nodes.forEach((node, index) => {
    const facts = view.node(index);
    if (node.kind === 'bridge' || node.kind === 'router' || node.kind === 'merge') {
      if (facts.held > 0) inserted.set(node.id, `holds ${count(facts.held)}`);
      return;
    }
    const id = shape.ring && node.kind === 'ingress' ? (at.ring.ingress ?? node.id) : node.id;
    const all = shards.get(id) ?? [];
    all.push(facts);
    shards.set(id, all);
    const sum = summed(all);
    const paused = next !== null && next.node === index && next.record > 0;
    nodes.set(id, {
      ...nodeWords(node.kind, node.acts, sum, view.fed, shape.ingresses.length),
      ...(paused ? { line: `paused: ${goesOn(next)}`, tone: 'paused' as const } : {}),
      breakpoint: at.stopsAt(id),
    });
    if (shape.ring && node.leaves && at.ring.egress !== undefined) {
      nodes.set(at.ring.egress, {
        counts: count(sum.passed),
        line: '',
        tone: 'plain',
        breakpoint: at.stopsAt(at.ring.egress),
      });
    }
  });
  shape.lanes.forEach((lane, index) => {
    if (shape.ring) return;
    const { fill, full } = view.lane(index);
    const readers = shape.nodes.flatMap((node, reader) =>
      node.reads.includes(index) ? view.node(reader).reads.filter((r) => r.lane === index) : [],
    );
    const waiting = readers.reduce((most, read) => (read.waiting > most.waiting ? read : most), {
      waiting: 0,
      next: 0,
    });
    const blocked = shape.nodes.some(
      (node, writer) => full && node.writes.includes(index) && view.node(writer).held > 0,
    );
    const level = lane.capacity === null ? count(fill) : `${count(fill)}/${count(lane.capacity)}`;
    wires.set(lane.id, {
      label:
        waiting.next === 0
          ? ''
          : fill > 1
            ? `${level} #${count(waiting.next)}`
            : `#${count(waiting.next)}`,
      current: focus > 0 && readers.some((read) => read.next === focus),
      blocked,
    });
  });
  if (shape.ring) ringWires(at, wires, focus);
  return {
    nodes: kept(nodes, before?.nodes),
    wires: kept(wires, before?.wires),
    inserted,
  };
}

/** A ring has no lane between two stages: what waits there is what the second has still to take. */
function ringWires(
  { shape, view, connections }: AtStep,
  wires: Map<string, WireOverlay>,
  focus: number,
): void {
  for (const { id, to } of connections) {
    const index = shape.nodes.findIndex((node) => node.id === to);
    const read = index < 0 ? undefined : view.node(index).reads[0];
    if (!read) continue;
    const next = `#${count(read.next)}`;
    wires.set(id, {
      label: read.next === 0 ? '' : read.waiting > 1 ? `${count(read.waiting)} ${next}` : next,
      current: focus > 0 && read.next === focus,
      blocked: false,
    });
  }
}

/** The objects of the overlay before in the place of those that say the same: views look at what changed. */
function kept<T extends object>(
  now: ReadonlyMap<string, T>,
  before: ReadonlyMap<string, T> | undefined,
): ReadonlyMap<string, T> {
  if (!before) return now;
  const same = (a: T, b: T) => (Object.keys(a) as (keyof T)[]).every((name) => a[name] === b[name]);
  return new Map(
    [...now].map(([id, value]): [string, T] => {
      const old = before.get(id);
      return [id, old && same(old, value) ? old : value];
    }),
  );
}

/** What the next step does with its record. */
function goesOn({ what, record }: RunLook): string {
  const number = `#${count(record)}`;
  if (what === 'emitted') return `${number}, which it held, goes out`;
  if (what === 'lost') return `it comes too late for ${number}`;
  if (what === 'skipped') return `it goes past ${number}`;
  return `${number} goes in`;
}

function summed(all: readonly NodeFacts[]): NodeFacts {
  const [first, ...rest] = all;
  if (!first) throw new Error('no node');
  return rest.reduce(
    (sum, facts) => ({
      ...sum,
      taken: sum.taken + facts.taken,
      passed: sum.passed + facts.passed,
      dropped: sum.dropped + facts.dropped,
      rejected: sum.rejected + facts.rejected,
      discarded: sum.discarded + facts.discarded,
      blocked: sum.blocked + facts.blocked,
      lost: sum.lost + facts.lost,
      held: sum.held + facts.held,
    }),
    first,
  );
}

function nodeWords(
  kind: RunShape['nodes'][number]['kind'],
  acts: string | null,
  facts: NodeFacts,
  fed: number,
  ingresses: number,
): Pick<NodeOverlay, 'counts' | 'of' | 'line' | 'tone'> {
  const missed = facts.discarded + facts.lost;
  const words = ((): Pick<NodeOverlay, 'line' | 'tone'> => {
    if (facts.rejected > 0) return { line: `${count(facts.rejected)} rejected`, tone: 'danger' };
    if (facts.held > 0)
      return { line: `holds ${count(facts.held)}: the lane is full`, tone: 'warn' };
    if (facts.lost > 0)
      return { line: `${count(facts.lost)} overwritten before it came`, tone: 'warn' };
    if (facts.discarded > 0)
      return { line: `${count(facts.discarded)} discarded: lane full`, tone: 'warn' };
    if (acts !== null) return { line: wouldAct(acts, facts.taken), tone: 'effect' };
    if (facts.dropped > 0) return { line: `${count(facts.dropped)} dropped`, tone: 'plain' };
    return { line: facts.taken > 0 ? 'all passed on' : 'nothing came yet', tone: 'plain' };
  })();
  if (kind === 'ingress')
    return {
      ...words,
      counts: count(facts.taken),
      ...(ingresses === 1 ? { of: count(fed) } : {}),
      line: facts.rejected > 0 || facts.held > 0 || missed > 0 ? words.line : '',
    };
  if (kind === 'egress') return { ...words, counts: count(facts.passed), line: '' };
  return { ...words, counts: `${count(facts.taken)} → ${count(facts.passed)}` };
}
