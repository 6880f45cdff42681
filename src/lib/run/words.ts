import type { RecordFate, RunLook, RunShape } from '$lib/compiler';

/** A count with thin spaces between its thousands. */
export const count = (number: number) => number.toLocaleString('en').replaceAll(',', '\u202f');

/** `1 record`, `1 204 records`. */
export const recordCount = (number: number) =>
  `${count(number)} ${number === 1 ? 'record' : 'records'}`;

/** What became of a record, or where it is. */
export interface FateWords {
  text: string;
  kind: 'out' | 'dropped' | 'rejected' | 'missed' | 'underway' | 'waits';
}

/** `paused`: the record is the one that is looked at. */
export function fateWords(fate: RecordFate, shape: RunShape): FateWords {
  const names = (nodes: readonly number[]) => [...new Set(nodes.map(nameIn(shape)))].join(', ');
  const places = (ends: readonly (readonly [number, number])[]) =>
    names(ends.map(([node]) => node));
  const parts: string[] = [];
  if (fate.rejected.length > 0) parts.push(`rejected at ${places(fate.rejected)}`);
  if (fate.missed.length > 0) parts.push(`missed at ${places(fate.missed)}`);
  if (fate.at.length > 0) parts.push(`at ${names(fate.at)}`);
  if (fate.out.length > 0) parts.push(names(fate.out));
  // A record that left somewhere is told by that; one that ended everywhere by where it ended.
  if (fate.dropped.length > 0 && parts.length === 0)
    parts.push(`dropped at ${places(fate.dropped)}`);
  const text = parts.join('; ');
  if (fate.rejected.length > 0) return { text, kind: 'rejected' };
  if (fate.missed.length > 0) return { text, kind: 'missed' };
  if (fate.at.length > 0) return { text, kind: 'underway' };
  if (fate.out.length > 0) return { text, kind: 'out' };
  if (fate.dropped.length > 0) return { text, kind: 'dropped' };
  return { text: fate.came ? 'on its way' : 'not in yet', kind: 'waits' };
}

/** How a node of a run is called: a ring's stages by their shard too, where it has several. */
export function nameIn(shape: RunShape): (node: number) => string {
  const shards = shape.ring && shape.lanes.length > 1;
  return (index) => {
    const node = shape.nodes[index];
    if (!node) return '';
    return shards && node.kind === 'stage' ? `${node.id} (shard ${node.shard})` : node.id;
  };
}

/** What a step did, as a sentence. */
export function stepWords(look: RunLook, shape: RunShape): string {
  const node = nameIn(shape)(look.node);
  const record = `#${count(look.record)}`;
  const lane = look.lane === null ? 'the lane' : (shape.lanes[look.lane]?.id ?? 'the lane');
  switch (look.what) {
    case 'passed':
      return `${node} passes ${record} on`;
    case 'blocked':
      return `${node} holds ${record}: ${lane} is full`;
    case 'emitted':
      return `${node} writes ${record}, which it held`;
    case 'dropped':
      return `${node} drops ${record}`;
    case 'rejected':
      return `${node} rejects ${record}`;
    case 'discarded':
      return `${lane} is full: ${record} is discarded`;
    case 'skipped':
      return `${node} goes past ${record}, which ended before`;
    case 'lost':
      return `${node} comes too late for ${record}: it was overwritten`;
    case 'out':
      return `${record} leaves through ${node}`;
    case 'ended':
      return `${node} is through with its input`;
  }
}

const verbs: Record<string, string> = { http_post: 'post' };

/** What a stage that acts on the outside would do with so many records. */
export function wouldAct(key: string, times: number): string {
  const verb = verbs[key.split(':', 1)[0] ?? ''] ?? 'act on';
  return `would ${verb} ${count(times)}; nothing is sent`;
}
