import type { PlacedNode } from '$lib/document/placement';

/** A role that lowering inserts, drawn at the element or wire that needs it. */
export interface CanvasInserted {
  /** Its name in the spec. */
  role: string;
  kind: 'bridge' | 'router' | 'merge';
  where: 'before' | 'behind' | 'on';
  /** What it does, in few words. */
  does: string;
  /** Why it has to be there. */
  why: string;
  /** What became of it, where two plans are drawn as one; undefined where nothing did. */
  difference?: DifferenceClass;
  /** It is gone from what stays: shown in its old place, and no wire passes through it. */
  ghost?: boolean;
}

/** The chip of an inserted role among others: a ghost may have the name of what is there now. */
export const chipKey = ({ role, ghost }: CanvasInserted): string =>
  ghost ? `ghost ${role}` : role;

/** A lane that a connection became, or one of several in a row. */
export interface CanvasLane {
  /** Its name in the spec. */
  id: string;
  kind: 'events' | 'journal' | 'sequenced_slots' | 'fanout_broadcast';
  /** How many records it holds, where that is known. */
  capacity: number | null;
}

/** The classes of changes, as the compiler has them. */
export type DifferenceClass = 'added' | 'removed' | 'changed' | 'renamed' | 'rewired';

/** What became of an element, where two plans are drawn as one. */
export interface CanvasDifference {
  /** Empty for one that is the same in both; the first gives the border. */
  classes: readonly DifferenceClass[];
  /** It is gone, and drawn where it was. */
  ghost: boolean;
  /** What changed, in the place of the sentence; values are set off. */
  line: readonly { text: string; value: boolean }[] | null;
  /** Open threads about it. */
  threads: number;
}

/** Sign and letter of each class: they say it where colour can't. */
export const DIFFERENCE_MARKS = {
  added: '+ A',
  removed: '− R',
  changed: '~ C',
  renamed: '→ N',
  rewired: '⇄ W',
} as const satisfies Record<DifferenceClass, string>;

interface Counted {
  errors: number;
  warnings: number;
  hints: number;
}

/** What the canvas draws for a stage or boundary, or for a folded group of them. */
export interface CanvasElement extends Counted {
  id: string;
  kind: PlacedNode['kind'] | 'group';
  key: string | null;
  family: string | null;
  /** What the stage does to records: reads, filters, rewrites, …; null when unknown. */
  class: string | null;
  /** The capability with which it acts outside; null when it doesn't. */
  capability: string | null;
  inserted: readonly CanvasInserted[];
  /** How many cases fail here; undefined for none. */
  cases?: number;
  /** Its name, where its id is another one. */
  label?: string;
  /** Undefined where one plan is drawn. */
  difference?: CanvasDifference;
  /** Of a folded group. */
  title?: string;
  members?: readonly string[];
}

/** What the canvas draws for a connection. */
export interface CanvasWire extends Counted {
  id: string;
  from: string;
  to: string;
  /** The lane intent as written; null for the default. */
  intent: string | null;
  severity: 'error' | 'warning' | 'hint' | null;
  inserted: readonly CanvasInserted[];
  /** What its records pass, in their order; empty while the plan gives no spec. */
  lanes: readonly CanvasLane[];
  /** What became of it, where two plans are drawn as one. */
  difference?: 'same' | 'added' | 'removed' | 'changed';
  /** Open threads about it, where two plans are drawn as one. */
  threads?: number;
}

/** The letter of a kind of lane. */
export const LETTERS = {
  events: 'E',
  journal: 'J',
  sequenced_slots: 'S',
  fanout_broadcast: 'F',
} as const satisfies Record<CanvasLane['kind'], string>;

/** What stands in the box on a wire: `E`, `S 256`. */
export function letterOf({ kind, capacity }: CanvasLane): string {
  const letter = LETTERS[kind];
  return kind === 'sequenced_slots' && capacity !== null ? `${letter} ${capacity}` : letter;
}

/** What a screen reader says of a node. */
export function describe(element: CanvasElement): string {
  const count = (number: number, what: string) =>
    number > 0 ? `${number} ${what}${number === 1 ? '' : 's'}` : '';
  return [
    element.kind === 'group'
      ? `group ${element.title ?? ''}`
      : `${element.kind} ${element.label ?? element.id}`,
    ...(element.difference?.classes ?? []),
    count(element.difference?.threads ?? 0, 'open thread'),
    element.key ?? '',
    element.members ? count(element.members.length, 'element') : '',
    element.capability ? `acts outside: ${element.capability}` : '',
    count(element.errors, 'error'),
    count(element.warnings, 'warning'),
    count(element.hints, 'hint'),
    count(element.cases ?? 0, 'failing case'),
    ...element.inserted.map(
      ({ kind, where, difference }) =>
        `${difference === undefined ? '' : `${difference} `}${kind} ${where} it`,
    ),
  ]
    .filter(Boolean)
    .join(', ');
}

/** What a screen reader says of a wire. */
export function describeWire(wire: CanvasWire): string {
  return [
    `connection ${wire.from} to ${wire.to}`,
    ...(wire.difference && wire.difference !== 'same' ? [wire.difference] : []),
    ...(wire.intent ? [wire.intent] : []),
    ...wire.inserted.map(({ kind, ghost }) => `${kind} ${ghost ? 'removed' : 'inserted'}`),
  ].join(', ');
}

/** Whether two states of an element look the same. */
export function sameElement(a: CanvasElement, b: CanvasElement): boolean {
  return (
    a.key === b.key &&
    a.kind === b.kind &&
    a.family === b.family &&
    a.class === b.class &&
    a.capability === b.capability &&
    a.cases === b.cases &&
    a.title === b.title &&
    a.label === b.label &&
    sameDifference(a.difference, b.difference) &&
    a.members?.join(' ') === b.members?.join(' ') &&
    sameCounts(a, b) &&
    sameInserted(a.inserted, b.inserted)
  );
}

/** Whether two states of an element look the same as blocks, which show neither key nor sentence. */
export function sameBlock(a: CanvasElement, b: CanvasElement): boolean {
  return sameElement(
    { ...b, key: a.key, family: a.family, class: a.class, capability: a.capability },
    a,
  );
}

/** Whether two states of a wire look the same. */
export function sameWire(a: CanvasWire, b: CanvasWire): boolean {
  return (
    a.from === b.from &&
    a.to === b.to &&
    a.intent === b.intent &&
    a.difference === b.difference &&
    a.threads === b.threads &&
    a.severity === b.severity &&
    sameCounts(a, b) &&
    sameInserted(a.inserted, b.inserted) &&
    (a.lanes === b.lanes ||
      (a.lanes.length === b.lanes.length &&
        a.lanes.every((lane, at) => {
          const other = b.lanes[at];
          return lane.id === other?.id && letterOf(lane) === letterOf(other);
        })))
  );
}

function sameDifference(a?: CanvasDifference, b?: CanvasDifference): boolean {
  if (a === b) return true;
  if (!a || !b || a.ghost !== b.ghost) return false;
  const words = ({ classes, line, threads }: CanvasDifference) =>
    [...classes, threads, ...(line ?? []).map(({ text }) => text)].join('\n');
  return words(a) === words(b);
}

function sameCounts(a: Counted, b: Counted): boolean {
  return a.errors === b.errors && a.warnings === b.warnings && a.hints === b.hints;
}

function sameInserted(a: readonly CanvasInserted[], b: readonly CanvasInserted[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(
        ({ role, why, difference, ghost }, at) =>
          role === b[at]?.role &&
          why === b[at].why &&
          difference === b[at].difference &&
          ghost === b[at].ghost,
      ))
  );
}
