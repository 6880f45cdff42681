import type { SemanticDiff } from '$lib/compiler';
import type {
  CanvasDifference,
  CanvasElement,
  CanvasInserted,
  CanvasWire,
} from '$lib/canvas/model';
import type { Change, ChangeClass } from './change-classes';

/** What the canvas draws of one plan. */
export interface Picture {
  elements: readonly CanvasElement[];
  wires: readonly CanvasWire[];
}

/** Which of two plans is looked at: one picture of both, or one of them in the places of that picture. */
export type Shown = 'both' | 'from' | 'to';

/** An element or wire of either plan, under its anchor. */
interface Joined<T> {
  id: string;
  before: T | null;
  after: T | null;
}

/** Two plans as one: everything once, by its anchor, as the compiler joins them. */
export interface Union {
  elements: readonly Joined<CanvasElement>[];
  /** From anchor to anchor. */
  wires: readonly (Joined<CanvasWire> & { from: string; to: string })[];
  /** What became of what lowering inserts, by its id on a side; the same and untouched ones aren't in it. */
  inserted: Readonly<Record<'before' | 'after', ReadonlyMap<string, ChangeClass>>>;
  /** Changes by the anchor that they are drawn at. */
  changes: ReadonlyMap<string, readonly Change[]>;
  /** Where a change is drawn; nothing for one that has no place, as most settings have none. */
  placesOf(change: Change): readonly string[];
  /** The anchor of an element, by its id on one side. */
  anchorOf(side: 'before' | 'after', id: string): string | undefined;
}

/** Joins two pictures as the compiler's difference says. */
export function unite(before: Picture, after: Picture, diff: SemanticDiff): Union {
  const old = new Map(before.elements.map((element) => [element.id, element]));
  const now = new Map(after.elements.map((element) => [element.id, element]));
  const anchors = { before: new Map<string, string>(), after: new Map<string, string>() };
  const elements: Joined<CanvasElement>[] = [];
  const join = (id: string, was: CanvasElement | undefined, is: CanvasElement | undefined) => {
    if (!was && !is) return;
    elements.push({ id, before: was ?? null, after: is ?? null });
    if (was) anchors.before.set(was.id, id);
    if (is) anchors.after.set(is.id, id);
  };
  for (const { anchor, id, before_id, side } of diff.union.elements)
    join(
      anchor,
      side === 'after' ? undefined : old.get(before_id ?? id),
      side === 'before' ? undefined : now.get(id),
    );
  // The spec of a ring has no name for its ends, but its plan draws them.
  for (const id of new Set([...now.keys(), ...old.keys()])) {
    const was = anchors.before.has(id) ? undefined : old.get(id);
    const is = anchors.after.has(id) ? undefined : now.get(id);
    join(`${(is ?? was)?.kind === 'stage' ? 'stage' : 'boundary'}:${id}`, was, is);
  }

  const wires = new Map<string, Joined<CanvasWire> & { from: string; to: string }>();
  const draw = (side: 'before' | 'after', wire: CanvasWire) => {
    const [from, to] = [anchors[side].get(wire.from), anchors[side].get(wire.to)];
    if (from === undefined || to === undefined) return;
    const id = wireId(from, to);
    const known = wires.get(id) ?? { id, from, to, before: null, after: null };
    known[side] ??= wire;
    wires.set(id, known);
  };
  for (const wire of after.wires) draw('after', wire);
  for (const wire of before.wires) draw('before', wire);

  const places = new Set([...elements.map(({ id }) => id), ...wires.keys()]);
  const ends = new Map(
    diff.union.connections.map(({ anchor, from, to }) => [anchor, wireId(from, to)]),
  );
  const placesOf = ({ anchor, id }: Change): readonly string[] => {
    const own = ends.get(anchor) ?? anchor;
    if (places.has(own)) return [own];
    // A setting of one element is drawn at it: `merge stamp`.
    const of = /(?:^|\.)merge[. ](.+)$/u.exec(id)?.[1];
    const at = of === undefined ? undefined : (anchors.after.get(of) ?? anchors.before.get(of));
    return at === undefined ? [] : [at];
  };
  const changes = new Map<string, Change[]>();
  for (const change of diff.changes)
    for (const place of placesOf(change)) {
      const list = changes.get(place);
      if (list) list.push(change);
      else changes.set(place, [change]);
    }
  return {
    elements,
    wires: [...wires.values()],
    inserted: insertedOf(diff),
    changes,
    placesOf,
    anchorOf: (side, id) => anchors[side].get(id),
  };
}

function insertedOf({ union }: SemanticDiff): Union['inserted'] {
  const before = new Map<string, ChangeClass>();
  const after = new Map<string, ChangeClass>();
  for (const { id, before_id, side, reworked } of union.inserted) {
    if (side === 'after') after.set(id, 'added');
    else if (side === 'before') before.set(id, 'removed');
    else if (before_id !== null || reworked) {
      const kind = reworked ? 'changed' : 'renamed';
      after.set(id, kind);
      before.set(before_id ?? id, kind);
    }
  }
  return { before, after };
}

/** The id of a wire on the picture, by the anchors of its ends: ids alone may mean two elements. */
export function wireId(from: string, to: string): string {
  return `${from}->${to}`;
}

/**
 * What is drawn: the elements and wires of what is looked at, each with what became of it, and with how
 * many open threads there are about it.
 */
export function pictureOf(
  union: Union,
  shown: Shown,
  threads: ReadonlyMap<string, number> = new Map(),
): Picture {
  const side = <T>({ before, after }: Joined<T>) =>
    shown === 'from' ? before : shown === 'to' ? after : (after ?? before);
  const marked = <T extends { inserted: readonly CanvasInserted[] }>(
    { before, after }: Joined<T>,
    inserted: readonly CanvasInserted[],
  ): CanvasInserted[] => {
    const became = union.inserted[shown === 'from' || after === null ? 'before' : 'after'];
    const there = inserted.map((role) => {
      const difference = became.get(role.role);
      return difference === undefined ? role : { ...role, difference };
    });
    if (shown !== 'both' || before === null || after === null) return there;
    const gone = before.inserted.filter(
      ({ role }) => union.inserted.before.get(role) === 'removed',
    );
    return [
      ...there,
      ...gone.map((role) => ({ ...role, difference: 'removed' as const, ghost: true })),
    ];
  };
  return {
    elements: union.elements.flatMap((joined) => {
      const element = side(joined);
      if (!element) return [];
      const { id } = joined;
      const difference = {
        ...differenceOf(joined, union.changes.get(id) ?? [], shown),
        threads: threads.get(id) ?? 0,
      };
      const inserted = marked(joined, element.inserted);
      return [{ ...element, id, label: element.id, difference, inserted }];
    }),
    wires: union.wires.flatMap((joined) => {
      const wire = side(joined);
      if (!wire) return [];
      const { id, from, to, before, after } = joined;
      const difference = !before
        ? ('added' as const)
        : !after
          ? ('removed' as const)
          : union.changes.has(id)
            ? ('changed' as const)
            : ('same' as const);
      const inserted = marked(joined, wire.inserted);
      const open = threads.get(id) ?? 0;
      return [{ ...wire, id, from, to, difference, inserted, threads: open }];
    }),
  };
}

/** Removed and added first: of several classes this one gives the border. */
const ORDER: readonly ChangeClass[] = ['removed', 'added', 'changed', 'renamed', 'rewired'];

function differenceOf(
  { before, after }: Joined<CanvasElement>,
  changes: readonly Change[],
  shown: Shown,
): Omit<CanvasDifference, 'threads'> {
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
