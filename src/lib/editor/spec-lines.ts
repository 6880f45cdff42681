import { listed } from '$lib/cases/judge';
import type { ElementMap, MapPart } from '$lib/compiler';
import { connectionEnds } from '$lib/document/selection';

/** A run of lines of a spec's text: shown, marked as made by what is selected, or folded away. */
export type SpecRun =
  | { kind: 'marked' | 'plain'; text: string }
  | { kind: 'folded'; text: string; lines: number; of: string };

/** What of a spec comes from an element or connection of the plan. */
export interface MadeLines {
  runs: SpecRun[];
  /** How many lines there are in all, and how many of them are marked. */
  total: number;
  marked: number;
  /** What they are, in words: `its role`, `the lanes on both sides`, `one input of merge.stamp`. */
  what: string[];
}

/** How many unmarked lines stay around marked ones, and how many are too few to fold. */
const AROUND = 3;
const FEW = 4;

const inserted = new Set(['bridge', 'router', 'merge']);

interface Placed {
  part: MapPart;
  list: string;
  /** The lines of the part, by number from 0. */
  from: number;
  to: number;
}

/**
 * The lines of `kv` that an element or connection makes, by the report's map (docs/spec/lowering.md,
 * "The compile report"): its own parts, the lanes that only it has or that its role reads and writes,
 * and what inserted roles say of those lanes.
 */
export function madeLines(kv: string, map: ElementMap, element: string): MadeLines {
  const lines = kv.replace(/\n$/u, '').split('\n');
  const mine = new Set([element, ...connectionsOf(map, element)]);
  const placed = placeParts(lines, map);
  const own = placed.filter(({ part }) => part.id === element && part.kind === undefined);
  const value = (at: number) => (lines[at] ?? '').slice((lines[at] ?? '').indexOf('=') + 1);
  const valuesOf = ({ from, to }: Placed) => {
    const values = new Set<string>();
    for (let at = from; at < to; at += 1) values.add(value(at));
    return values;
  };
  const named = new Set(own.flatMap((part) => [...valuesOf(part)]));

  const whole = placed.filter(
    ({ part, list }) =>
      (part.id === element && part.kind === undefined) ||
      part.elements.every((of) => mine.has(of)) ||
      (list.endsWith('.lanes') && named.has(part.id) && part.elements.some((of) => mine.has(of))),
  );
  const lanes = whole.filter(({ list }) => list.endsWith('.lanes'));
  const laneIds = new Set(lanes.map(({ part }) => part.id));
  const marked = new Set<number>();
  for (const { from, to } of whole) for (let at = from; at < to; at += 1) marked.add(at);

  const what: string[] = [];
  if (own.some(({ list }) => list.endsWith('.roles'))) what.push('its role');
  if (own.some(({ list }) => list.endsWith('.endpoints'))) what.push('its endpoint');
  if (own.some(({ list }) => list.endsWith('.stages'))) what.push('its stage');
  const ends = new Set(lanes.map(({ part }) => part.id.startsWith(`${element}.`)));
  if (lanes.length === 2 && ends.size === 2 && own.length > 0) what.push('the lanes on both sides');
  else if (lanes.length > 0) what.push(lanes.length === 1 ? 'a lane' : `${lanes.length} lanes`);
  const waits = whole.filter(({ list }) => list.endsWith('.depends_on')).length;
  if (waits > 0) what.push(waits === 1 ? 'what it waits for' : `${waits} things to wait for`);
  for (const role of placed) {
    if (!role.list.endsWith('.roles') || !inserted.has(role.part.kind ?? '')) continue;
    if (whole.includes(role)) {
      what.push(role.part.id);
      continue;
    }
    let inputs = 0;
    let outputs = 0;
    for (let at = role.from; at < role.to; at += 1) {
      const field = /\.(rx|tx)(?:\.\d+)?=/u.exec(lines[at] ?? '')?.[1];
      if (field === undefined || !laneIds.has(value(at))) continue;
      marked.add(at);
      if (field === 'rx') inputs += 1;
      else outputs += 1;
    }
    const counted = (number: number, one: string) =>
      number === 1 ? `one ${one}` : `${number} ${one}s`;
    if (inputs > 0) what.push(`${counted(inputs, 'input')} of ${role.part.id}`);
    if (outputs > 0) what.push(`${counted(outputs, 'output')} of ${role.part.id}`);
  }
  return { runs: runsOf(lines, marked), total: lines.length, marked: marked.size, what };
}

/** The connections of an element, as the spec has them: each became a part of it. */
function connectionsOf(map: ElementMap, element: string): string[] {
  return map.lists.flatMap(({ parts }) =>
    parts.flatMap(({ elements }) =>
      elements.filter((id) => {
        const ends = connectionEnds(id);
        return ends?.from === element || ends?.to === element;
      }),
    ),
  );
}

function placeParts(lines: readonly string[], map: ElementMap): Placed[] {
  // Lines of a part stand together: the first with its path begins it.
  const firstAt = new Map<string, { from: number; to: number }>();
  const paths = new Set(map.lists.map(({ path }) => path));
  for (const [at, line] of lines.entries()) {
    const path = line.slice(0, line.indexOf('='));
    const parts = path.split('.');
    for (let length = 2; length < parts.length; length += 1) {
      if (!paths.has(parts.slice(0, length).join('.'))) continue;
      const key = parts.slice(0, length + 1).join('.');
      const known = firstAt.get(key);
      if (known) known.to = at + 1;
      else firstAt.set(key, { from: at, to: at + 1 });
    }
  }
  return map.lists.flatMap(({ path, parts }) =>
    parts.flatMap((part, index) => {
      const lines = firstAt.get(`${path}.${index}`);
      return lines ? [{ part, list: path, ...lines }] : [];
    }),
  );
}

function runsOf(lines: readonly string[], marked: ReadonlySet<number>): SpecRun[] {
  const runs: SpecRun[] = [];
  const add = (kind: 'marked' | 'plain', from: number, to: number) => {
    if (from < to) runs.push({ kind, text: lines.slice(from, to).join('\n') });
  };
  let at = 0;
  while (at < lines.length) {
    let end = at;
    if (marked.has(at)) {
      while (marked.has(end)) end += 1;
      add('marked', at, end);
    } else {
      while (end < lines.length && !marked.has(end)) end += 1;
      const first = at === 0 ? at : at + AROUND;
      const last = end === lines.length ? end : end - AROUND;
      if (marked.size === 0 || last - first < FEW) add('plain', at, end);
      else {
        add('plain', at, first);
        const folded = lines.slice(first, last);
        runs.push({
          kind: 'folded',
          text: folded.join('\n'),
          lines: folded.length,
          of: sectionsOf(folded),
        });
        add('plain', last, end);
      }
    }
    at = end;
  }
  return runs;
}

/** What lines speak of: `other lanes`, `endpoints and roles`. */
function sectionsOf(lines: readonly string[]): string {
  const sections = new Set(lines.map((line) => line.split(/[.=]/u)[1] ?? ''));
  const known = ['lanes', 'endpoints', 'roles', 'stages'].filter((name) => sections.has(name));
  if (known.length === 0) return 'settings';
  if (known.length === 1) return `other ${known[0]}`;
  return listed(known);
}
