import type { Layout, Position } from '$lib/document/content';
import type { Wire } from '$lib/document/placement';
import { placeNew } from '$lib/document/placement-new';
import type { Union } from './union';

/** The union as something to be placed: its nodes in the order after, ghosts behind them, and all wires. */
export function shapeOf(union: Union) {
  const nodes = union.elements.flatMap(({ id, before, after }) => {
    const kind = (after ?? before)?.kind;
    return kind === undefined || kind === 'group' ? [] : [{ id, kind }];
  });
  const wires: Wire[] = union.wires.map(({ from, to, before, after }) => ({
    from,
    to,
    label: (after ?? before)?.intent ?? undefined,
  }));
  return { nodes, wires };
}

/**
 * Where everything stands: what is there after has the place that its layout gives it, in every
 * comparison; what is gone stands where it stood, seen from its neighbours, or beside what stands there
 * now. `arranged` is a layout of the whole, for what neither side placed.
 */
export function unionLayout(
  union: Union,
  before: Layout,
  after: Layout,
  arranged: Readonly<Record<string, Position>>,
): Layout {
  const { nodes, wires } = shapeOf(union);
  const known = (places: Readonly<Record<string, Position>>, id: string) =>
    Object.hasOwn(places, id) ? places[id] : undefined;
  const stays: Record<string, Position> = {};
  for (const { id, after: element } of union.elements) {
    const at = element && known(after.nodes, element.id);
    if (at) stays[id] = { x: at.x, y: at.y };
  }
  const old: Record<string, Position> = {};
  if (before.direction === after.direction)
    for (const { id, before: element } of union.elements) {
      const at = element && known(before.nodes, element.id);
      if (at) old[id] = { x: at.x, y: at.y };
    }
  const { direction } = after;
  const gone = placeNew(
    nodes.filter(({ id }) => stays[id] ?? old[id]),
    wires,
    { direction, nodes: stays },
    old,
  );
  const placed = { ...stays, ...gone };
  const rest = placeNew(nodes, wires, { direction, nodes: placed }, arranged);
  return {
    v: 2,
    direction,
    nodes: { ...placed, ...rest },
    notes: {},
    groups: Object.fromEntries(
      Object.entries(after.groups).map(([id, { title, members }]) => [
        id,
        { title, members: members.flatMap((member) => union.anchorOf('after', member) ?? []) },
      ]),
    ),
  };
}

/** Whether something has no place on either side, so that the whole has to be arranged first. */
export function needsArranging(union: Union, before: Layout, after: Layout): boolean {
  return union.elements.some(
    ({ before: old, after: now }) =>
      !(now && Object.hasOwn(after.nodes, now.id)) &&
      !(old && before.direction === after.direction && Object.hasOwn(before.nodes, old.id)),
  );
}
