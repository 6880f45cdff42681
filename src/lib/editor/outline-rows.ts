import type { PlanGraph } from '$lib/compiler';
import { elementsOf, intentText } from './graph';

/** One line of the outline: an element, or below it a connection that leads on from it. */
export interface Row {
  id: string;
  level: 1 | 2;
  title: string;
  detail: string;
  kind: 'stage' | 'ingress' | 'egress' | 'connection';
  children: number;
  /** The id that a connection leads to, where nothing has it. */
  unknown?: string;
  /** Its place among its siblings, from 1, and how many they are: not all rows are on the page. */
  position: number;
  siblings: number;
}

/** Boundaries and stages along the flow; below each, where it leads. */
export function rowsOf(graph: PlanGraph): Row[] {
  const leads = new Map<string, Map<string, PlanGraph['connections'][number]>>();
  for (const connection of graph.connections) {
    let from = leads.get(connection.from);
    if (!from) leads.set(connection.from, (from = new Map()));
    // One that is written twice is shown once.
    if (!from.has(connection.id)) from.set(connection.id, connection);
  }
  const rows: Row[] = [];
  const elements = elementsOf(graph);
  const known = new Set(elements.map(({ id }) => id));
  elements.forEach((element, index) => {
    const below = [...(leads.get(element.id)?.values() ?? [])];
    rows.push({
      id: element.id,
      level: 1,
      title: element.id,
      detail: element.key ?? element.kind,
      kind: element.kind,
      children: below.length,
      position: index + 1,
      siblings: elements.length,
    });
    below.forEach((connection, at) => {
      rows.push({
        id: connection.id,
        level: 2,
        title: connection.to,
        detail: intentText(connection.intent) ?? '',
        kind: 'connection',
        children: 0,
        ...(known.has(connection.to) ? {} : { unknown: connection.to }),
        position: at + 1,
        siblings: below.length,
      });
    });
  });
  return rows;
}

/** The elements whose id or key has every word of the filter; where they lead is left out then. */
export function filtered(rows: readonly Row[], filter: string): Row[] {
  const words = filter.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [...rows];
  const left = rows.filter(
    ({ level, title, detail }) =>
      level === 1 && words.every((word) => `${title} ${detail}`.toLowerCase().includes(word)),
  );
  return left.map((row, at) => ({ ...row, children: 0, position: at + 1, siblings: left.length }));
}

/** How high rows are, by their level. */
export type RowHeights = Readonly<Record<Row['level'], number>>;

/** Where each row begins, from the top of the first; one more for where the last one ends. */
export function topsOf(rows: readonly Pick<Row, 'level'>[], heights: RowHeights): number[] {
  const tops = [0];
  let top = 0;
  for (const { level } of rows) tops.push((top += heights[level]));
  return tops;
}

/** Rows beyond those in view that stand ready, in pixels. */
const READY = 400;

/** The rows to have on the page for what is in view, as `[first, behind the last]`. */
export function rowsInView(
  tops: readonly number[],
  view: { top: number; height: number },
): readonly [first: number, end: number] {
  const rows = tops.length - 1;
  const first = firstFrom(tops, view.top - READY) - 1;
  const end = firstFrom(tops, view.top + view.height + READY);
  return [Math.max(0, first), Math.min(rows, end)];
}

/** The first index whose top is at or below `from`. */
function firstFrom(tops: readonly number[], from: number): number {
  let low = 0;
  let high = tops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
