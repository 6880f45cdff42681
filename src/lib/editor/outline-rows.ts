import type { PlanGraph } from '$lib/compiler';
import type { Group } from '$lib/document/content';
import { elementsOf, intentText, type PlanElement } from './graph';

/** One line of the outline: a group, an element, or below it a connection that leads on from it. */
export interface Row {
  /** Of the element or connection; a group's has {@link GROUP} before it. */
  id: string;
  level: 1 | 2 | 3;
  title: string;
  detail: string;
  kind: PlanElement['kind'] | 'connection' | 'group';
  family: string | null;
  class: string | null;
  /** Whether what is below is shown; null where nothing is. */
  expanded: boolean | null;
  /** How many rows are below a group. */
  count: number | null;
  /** The id that a connection leads to, where nothing has it. */
  unknown?: string;
  /** Its place among its siblings, from 1, and how many they are: not all rows are on the page. */
  position: number;
  siblings: number;
}

/** What the id of a group's row begins with; no id of an element has it. */
export const GROUP = 'group ';

/** Which rows show what is below them. */
export interface Expanded {
  /** Elements that show where they lead. */
  elements: ReadonlySet<string>;
  /** Groups that don't show their members. */
  closed: ReadonlySet<string>;
}

type Connection = PlanGraph['connections'][number];

/**
 * Boundaries and stages along the flow, members of a group together where its first one stands; below
 * an element, where it leads.
 */
export function rowsOf(
  graph: PlanGraph,
  groups: Readonly<Record<string, Group>>,
  expanded: Expanded,
): Row[] {
  const leads = leadsOf(graph);
  const elements = elementsOf(graph);
  const known = new Map(elements.map((element) => [element.id, element]));
  const groupAt = new Map<string, string>();
  for (const [id, { members }] of Object.entries(groups))
    for (const member of members) if (!groupAt.has(member)) groupAt.set(member, id);
  /** Elements that stand for themselves, and each group once. */
  const tops: (PlanElement | string)[] = [];
  const grouped = new Map<string, PlanElement[]>();
  for (const element of elements) {
    const group = groupAt.get(element.id);
    if (group === undefined) tops.push(element);
    else if (grouped.has(group)) grouped.get(group)?.push(element);
    else {
      grouped.set(group, [element]);
      tops.push(group);
    }
  }
  const rows: Row[] = [];
  const add = (element: PlanElement, level: 1 | 2, position: number, siblings: number) => {
    const below = [...(leads.get(element.id)?.values() ?? [])];
    const open = expanded.elements.has(element.id);
    rows.push({
      ...{ id: element.id, level, title: element.id, detail: element.key ?? element.kind },
      ...{ kind: element.kind, family: element.family, class: element.class },
      ...{ expanded: below.length > 0 ? open : null, count: null, position, siblings },
    });
    if (!open) return;
    below.forEach((connection, at) => {
      rows.push({
        ...{ id: connection.id, level: level === 1 ? 2 : 3, title: connection.to },
        ...{ detail: intentText(connection.intent) ?? '', kind: 'connection' },
        ...{ family: null, class: null, expanded: null, count: null },
        ...(known.has(connection.to) ? {} : { unknown: connection.to }),
        ...{ position: at + 1, siblings: below.length },
      });
    });
  };
  tops.forEach((top, index) => {
    if (typeof top !== 'string') {
      add(top, 1, index + 1, tops.length);
      return;
    }
    const members = grouped.get(top) ?? [];
    const open = !expanded.closed.has(top);
    rows.push({
      ...{ id: GROUP + top, level: 1, title: groups[top]?.title ?? top, detail: '', kind: 'group' },
      ...{ family: null, class: null, expanded: open, count: members.length },
      ...{ position: index + 1, siblings: tops.length },
    });
    if (open) members.forEach((member, at) => add(member, 2, at + 1, members.length));
  });
  return rows;
}

/** Where each element leads; a connection that is written twice is shown once. */
function leadsOf(graph: PlanGraph): Map<string, Map<string, Connection>> {
  const leads = new Map<string, Map<string, Connection>>();
  for (const connection of graph.connections) {
    let from = leads.get(connection.from);
    if (!from) leads.set(connection.from, (from = new Map()));
    if (!from.has(connection.id)) from.set(connection.id, connection);
  }
  return leads;
}

/** The elements whose id or key has every word of the filter, without what they are in or lead to. */
export function filtered(rows: readonly Row[], filter: string): Row[] {
  const words = filter.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [...rows];
  const left = rows.filter(
    ({ kind, title, detail }) =>
      kind !== 'group' &&
      kind !== 'connection' &&
      words.every((word) => `${title} ${detail}`.toLowerCase().includes(word)),
  );
  return left.map((row, at) => ({
    ...row,
    ...{ level: 1, expanded: null, position: at + 1, siblings: left.length },
  }));
}

/** The index of the row that the one at `at` is below of; -1 for one at the top. */
export function parentOf(rows: readonly Row[], at: number): number {
  const level = rows[at]?.level ?? 1;
  return rows.findLastIndex((row, index) => index < at && row.level < level);
}

/** Rows beyond those in view that stand ready, in pixels. */
const READY = 400;

/** The rows to have on the page for what is in view, as `[first, behind the last]`. */
export function rowsInView(
  count: number,
  height: number,
  view: { top: number; height: number },
): readonly [first: number, end: number] {
  const first = Math.floor((view.top - READY) / height);
  const end = Math.ceil((view.top + view.height + READY) / height);
  return [Math.min(Math.max(0, first), count), Math.min(Math.max(0, end), count)];
}
