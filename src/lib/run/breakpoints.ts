import { compiler, type CompileSummary, type RunShape } from '$lib/compiler';

/** Where a run is to stop. */
export interface Breakpoint {
  /** The stage or boundary, or the connection `a->b`. */
  at: string;
  /** A pattern that the record has to match; '' for any. */
  pattern: string;
  /** The JSON field whose value has to match, instead of the whole record; '' for the record. */
  field: string;
}

/** The breakpoint as the executor takes it: a filter is a row of stage keys. */
interface Point {
  lane: boolean;
  index: number;
  condition: string[];
}

/** The lanes that records pass on a connection, from one end to the other. */
export function lanesOf(
  connection: string,
  shape: RunShape,
  report: Pick<CompileSummary, 'map'> | null,
): number[] {
  const parts = report?.map.lists.find(({ path }) => path === 'lane_graph.lanes')?.parts ?? [];
  const ids = parts.flatMap((part) => (part.elements.includes(connection) ? [part.id] : []));
  return shape.lanes.flatMap((lane, index) => (ids.includes(lane.id) ? [index] : []));
}

/** The node of an element; of a ring's ends that where records come in or leave. */
export function nodeOf(
  element: string,
  shape: RunShape,
  kindOf: (element: string) => string | undefined,
): number {
  const index = shape.nodes.findIndex((node) => node.id === element);
  if (index >= 0 || !shape.ring) return index;
  if (kindOf(element) === 'ingress') return shape.nodes.findIndex(({ kind }) => kind === 'ingress');
  if (kindOf(element) === 'egress') return shape.nodes.findIndex(({ leaves }) => leaves);
  return -1;
}

/** The place of a breakpoint in a run; null where the plan has it no more. */
export function placeOf(
  { at }: Breakpoint,
  shape: RunShape,
  report: Pick<CompileSummary, 'map'> | null,
  kindOf: (element: string) => string | undefined,
): Pick<Point, 'lane' | 'index'> | null {
  const to = at.split('->')[1];
  // A ring has no lane between two stages: a record is on the wire until the second takes it.
  const element = to === undefined ? at : shape.ring ? to : null;
  if (element !== null) {
    const index = nodeOf(element, shape, kindOf);
    return index < 0 ? null : { lane: false, index };
  }
  // Where lanes of several kinds follow each other, the first is that of the writer's record.
  const [index] = lanesOf(at, shape, report);
  return index === undefined ? null : { lane: true, index };
}

/** The stage keys that a record has to pass to fit. */
export async function conditionOf({ pattern, field }: Breakpoint): Promise<string[]> {
  const keys: string[] = [];
  const join = async (family: string, value: string) => {
    const joined = await compiler().call('joinKey', { family, values: [value] });
    if (joined) keys.push(joined.key);
  };
  if (field !== '') await join('json_extract', field);
  if (pattern !== '') await join('keep', pattern);
  return keys;
}
