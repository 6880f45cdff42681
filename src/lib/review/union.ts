import type { CanvasDifference, CanvasElement, CanvasWire } from '$lib/canvas/model';
import { connectionEnds, connectionId } from '$lib/document/selection';
import type { Change, ChangeClass } from './change-classes';

/** What the canvas draws of one plan. */
export interface Picture {
  elements: readonly CanvasElement[];
  wires: readonly CanvasWire[];
}

/** Which of two plans is looked at: one picture of both, or one of them in the places of that picture. */
export type Shown = 'both' | 'from' | 'to';

/** An element or wire of either plan, under one id for both. */
interface Joined<T> {
  id: string;
  before: T | null;
  after: T | null;
}

/**
 * Two plans as one: every element once, under its id after; what is gone under the one that it had. It
 * says where each change stands in it, and the other way round.
 */
export interface Union {
  elements: readonly Joined<CanvasElement>[];
  wires: readonly Joined<CanvasWire>[];
  /** The id in the union of an element before. */
  ofBefore: ReadonlyMap<string, string>;
  /** Changes by the element or wire that they are drawn at. */
  changes: ReadonlyMap<string, readonly Change[]>;
  /** Where a change is drawn; nothing for one that has no place, as a setting has none. */
  placesOf(change: Change): readonly string[];
}

const ON_ELEMENTS: ReadonlySet<Change['subject']> = new Set([
  'boundary',
  'endpoint',
  'stage',
  'role',
]);
const ON_WIRES: ReadonlySet<Change['subject']> = new Set(['connection', 'lane']);

/** Joins two pictures by what the compiler says of their difference. */
export function unite(before: Picture, after: Picture, changes: readonly Change[]): Union {
  const renamed = new Map(
    changes.flatMap(({ class: kind, subject, id, before_id }) =>
      kind === 'renamed' && before_id !== null && ON_ELEMENTS.has(subject)
        ? [[before_id, id] as const]
        : [],
    ),
  );
  const ofBefore = uniteIds(before, after, renamed, changes);
  const old = new Map(before.elements.map((element) => [ofBefore.get(element.id), element]));
  const elements: Joined<CanvasElement>[] = after.elements.map((element) => ({
    id: element.id,
    before: old.get(element.id) ?? null,
    after: element,
  }));
  const known = new Set(elements.map(({ id }) => id));
  for (const element of before.elements) {
    const id = ofBefore.get(element.id) ?? element.id;
    if (!known.has(id)) elements.push({ id, before: element, after: null });
  }

  const named = (id: string) => ofBefore.get(id) ?? id;
  const wires = new Map<string, Joined<CanvasWire>>();
  for (const wire of after.wires) wires.set(wire.id, { id: wire.id, before: null, after: wire });
  for (const wire of before.wires) {
    const ends = { from: named(wire.from), to: named(wire.to) };
    const id = connectionId(ends.from, ends.to);
    const same = wires.get(id);
    if (same) same.before ??= wire;
    else wires.set(id, { id, before: { ...wire, ...ends, id }, after: null });
  }

  const ids = new Set([...elements.map(({ id }) => id), ...wires.keys()]);
  const placesOf = (change: Change) => placesIn(change, ids, named);
  const byPlace = new Map<string, Change[]>();
  for (const change of changes)
    for (const id of placesOf(change)) {
      const list = byPlace.get(id);
      if (list) list.push(change);
      else byPlace.set(id, [change]);
    }
  return { elements, wires: [...wires.values()], ofBefore, changes: byPlace, placesOf };
}

/** The id in the union of each element before. */
function uniteIds(
  before: Picture,
  after: Picture,
  renamed: ReadonlyMap<string, string>,
  changes: readonly Change[],
): ReadonlyMap<string, string> {
  const kinds = new Map(after.elements.map(({ id, kind }) => [id, kind]));
  const isStage = (kind: CanvasElement['kind'] | undefined) => kind === 'stage';
  const taken = new Set(renamed.values());
  const ids = new Map<string, string>();
  const left: CanvasElement[] = [];
  for (const element of before.elements) {
    const now = renamed.get(element.id) ?? element.id;
    const stays = kinds.has(now) && isStage(kinds.get(now)) === isStage(element.kind);
    if (stays && (renamed.has(element.id) || !taken.has(now))) ids.set(element.id, now);
    else left.push(element);
  }
  // The ends of a ring have no name in its spec, so another one is no change.
  const told = new Set(changes.flatMap(({ id, before_id }) => [id, before_id]));
  const matched = new Set(ids.values());
  for (const element of left) {
    const same = after.elements.filter(
      ({ id, kind }) =>
        kind === element.kind && kind !== 'stage' && !matched.has(id) && !told.has(id),
    );
    const [only] = same;
    const alone = left.filter(({ kind }) => kind === element.kind).length === 1;
    if (only && same.length === 1 && alone && !told.has(element.id)) ids.set(element.id, only.id);
    // A stage that went where a boundary of its name came.
    else ids.set(element.id, kinds.has(element.id) ? `${element.id}~` : element.id);
  }
  return ids;
}

function placesIn(
  change: Change,
  ids: ReadonlySet<string>,
  named: (id: string) => string,
): readonly string[] {
  const { subject, class: kind, id } = change;
  if (ON_WIRES.has(subject)) {
    const ends = connectionEnds(id);
    if (!ends) return ids.has(id) ? [id] : [];
    const wire = ids.has(id) ? id : connectionId(named(ends.from), named(ends.to));
    return ids.has(wire) ? [wire] : [];
  }
  if (ON_ELEMENTS.has(subject)) {
    const own = kind === 'removed' ? named(id) : id;
    if (ids.has(own)) return [own];
  }
  // What lowering made of an element is drawn at it: `merge.stamp`, and the setting `merge stamp`.
  const of = /(?:^|\.)(?:merge|router|bridge)[. ](.+)$/u.exec(id)?.[1];
  return of !== undefined && ids.has(of) ? [of] : [];
}

/** What is drawn: the elements and wires of what is looked at, each with what became of it. */
export function pictureOf(union: Union, shown: Shown): Picture {
  const side = <T>({ before, after }: Joined<T>) =>
    shown === 'from' ? before : shown === 'to' ? after : (after ?? before);
  return {
    elements: union.elements.flatMap((joined) => {
      const element = side(joined);
      if (!element) return [];
      const changes = union.changes.get(joined.id) ?? [];
      return [
        {
          ...element,
          id: joined.id,
          label: element.id,
          difference: differenceOf(joined, changes, shown),
        },
      ];
    }),
    wires: union.wires.flatMap((joined) => {
      const wire = side(joined);
      if (!wire) return [];
      const ends = connectionEnds(joined.id) ?? wire;
      const changed = (union.changes.get(joined.id) ?? []).length > 0;
      const difference = !joined.before
        ? ('added' as const)
        : !joined.after
          ? ('removed' as const)
          : changed
            ? ('changed' as const)
            : ('same' as const);
      return [{ ...wire, id: joined.id, from: ends.from, to: ends.to, difference }];
    }),
  };
}

/** Removed and added first: of several classes this one gives the border. */
const ORDER: readonly ChangeClass[] = ['removed', 'added', 'changed', 'renamed', 'rewired'];

function differenceOf(
  { before, after }: Joined<CanvasElement>,
  changes: readonly Change[],
  shown: Shown,
): CanvasDifference {
  const classes = ORDER.filter((kind) => changes.some((change) => change.class === kind));
  return {
    classes,
    ghost: after === null && shown !== 'from',
    line: before && after && shown === 'both' ? lineOf(changes) : null,
  };
}

/** What changed, in the place of the sentence: values before and after as the compiler tells them. */
function lineOf(changes: readonly Change[]): CanvasDifference['line'] {
  const parts: { text: string; value: boolean }[] = [];
  const say = (text: string, value = false) => {
    parts.push({ text, value });
  };
  for (const { class: kind, before_id, fields } of changes) {
    if (parts.length > 0) say(', ');
    if (kind === 'renamed') {
      say('was ');
      say(before_id ?? '', true);
      continue;
    }
    // A key says more than its parameters, unless these are told apart.
    const told = fields.filter(({ name }) => name !== 'key' || fields.length === 1);
    told.forEach(({ name, before, after }, at) => {
      if (at > 0) say(', ');
      if (kind === 'rewired') {
        say(`${name === 'inputs' ? 'takes from' : name} `);
        say(after ?? 'nothing', true);
        return;
      }
      say(`${before ?? 'nothing'} → `);
      say(after ?? 'nothing', true);
    });
  }
  return parts.length > 0 ? parts : null;
}
