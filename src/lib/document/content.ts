import { readCases, readSamples, type Case, type Sample } from './cases';

export type { Case, Sample };

/** The two ways a plan can run; chosen with the draft, never written in its text. */
export type ExecutionTarget = 'single_ring' | 'lane_graph';

/** The top left corner of a node on the canvas, in canvas units. */
export interface Position {
  x: number;
  y: number;
  /** Placed by hand: tidying up leaves it where it is. */
  pinned?: true;
}

/** A remark on the canvas. */
export interface Note {
  text: string;
  x: number;
  y: number;
  width: number;
  height: number;
  /** The element that it is about; it follows that one and may outlive it. */
  about: string | null;
}

/** Elements that belong together. One element is in one group at most. */
export interface Group {
  title: string;
  members: readonly string[];
  /** Drawn as one node. */
  folded?: true;
}

/** Where records flow to on the canvas. */
export type Direction = 'down' | 'right';

/** What the canvas remembers beside the plan, keyed by id; it is outside the spec hash. */
export interface Layout {
  v: 2;
  direction: Direction;
  nodes: Readonly<Record<string, Position>>;
  notes: Readonly<Record<string, Note>>;
  groups: Readonly<Record<string, Group>>;
}

/** Everything a draft holds: the plan text, the execution target, and what stands beside them. */
export interface DraftContent {
  text: string;
  target: ExecutionTarget;
  layout: Layout;
  /** By id; those that aren't shared with the draft stay in the browser's store. */
  cases: Readonly<Record<string, Case>>;
  samples: Readonly<Record<string, Sample>>;
}

export const emptyLayout: Layout = { v: 2, direction: 'down', nodes: {}, notes: {}, groups: {} };

export const emptyContent: DraftContent = {
  text: '',
  target: 'single_ring',
  layout: emptyLayout,
  cases: {},
  samples: {},
};

/** Content in the form of today, whatever page or server kept it. */
export function readContent(stored: {
  text: string;
  target: ExecutionTarget;
  layout: unknown;
  cases?: unknown;
  samples?: unknown;
}): DraftContent {
  return {
    text: stored.text,
    target: stored.target,
    layout: readLayout(stored.layout),
    cases: readCases(stored.cases),
    samples: readSamples(stored.samples),
  };
}

/** How much wider a node is than in the first form of layouts, with the gap behind it. */
const WIDER_THAN_V1 = 1.3;

/**
 * Reads a layout that came from storage or the server; what is no position, note or group is left
 * out. The first form knew positions only, of narrower nodes that followed each other to the right.
 */
export function readLayout(value: unknown): Layout {
  const stored = fieldsOf(value);
  const first = stored['v'] !== 2;
  const nodes = readEach(stored['nodes'], readPosition);
  const anyPlaced = Object.keys(nodes).length > 0;
  if (first) {
    for (const position of Object.values(nodes))
      position.x = Math.round(position.x * WIDER_THAN_V1);
  }
  const right = first ? anyPlaced : stored['direction'] === 'right';
  return {
    v: 2,
    direction: right ? 'right' : 'down',
    nodes,
    notes: readEach(stored['notes'], readNote),
    groups: readEach(stored['groups'], readGroup),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function readEach<T>(stored: unknown, read: (fields: Fields) => T | null): Record<string, T> {
  // Not by assignment: the id `__proto__` would then set the record's prototype.
  return Object.fromEntries(
    Object.entries(fieldsOf(stored)).flatMap(([id, value]): [string, T][] => {
      const item = read(fieldsOf(value));
      return item ? [[id, item]] : [];
    }),
  );
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);

function readPosition({ x, y, pinned }: Fields): Position | null {
  if (!isNumber(x) || !isNumber(y)) return null;
  return pinned === true ? { x, y, pinned } : { x, y };
}

function readNote({ text, x, y, width, height, about }: Fields): Note | null {
  if (typeof text !== 'string' || !isNumber(x) || !isNumber(y)) return null;
  if (!isNumber(width) || !isNumber(height) || width <= 0 || height <= 0) return null;
  return { text, x, y, width, height, about: typeof about === 'string' ? about : null };
}

function readGroup({ title, members, folded }: Fields): Group | null {
  if (typeof title !== 'string' || !Array.isArray(members)) return null;
  const ids = members.filter((member) => typeof member === 'string');
  return folded === true ? { title, members: ids, folded } : { title, members: ids };
}

/** A layout as JSON that the server keeps and never looks into. */
export function storedLayout(layout: Layout) {
  const { v, direction, nodes, notes, groups } = layout;
  return {
    v,
    direction,
    nodes: mapValues(nodes, (position) => ({ ...position })),
    notes: mapValues(notes, (note) => ({ ...note })),
    groups: mapValues(groups, ({ members, ...group }) => ({ ...group, members: [...members] })),
  };
}

/** Content as the server takes it. */
export function storedContent({ text, target, layout, cases, samples }: DraftContent) {
  return {
    text,
    target,
    layout: storedLayout(layout),
    cases: { ...cases },
    samples: { ...samples },
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U) {
  return Object.fromEntries(Object.entries(record).map(([id, value]) => [id, map(value)]));
}

/** The content as one string that is equal exactly when the content is. */
function canonical(content: DraftContent): string {
  const { direction, nodes, notes, groups } = content.layout;
  const parts = [nodes, notes, groups, content.cases, content.samples].map((part) => sorted(part));
  return JSON.stringify([content.text, content.target, direction, ...parts]);
}

/** A value with the keys of its objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, field]) => [key, sorted(field)]);
}

/**
 * SHA-256 of a draft's content as lowercase hex.
 * "Unsaved" is the comparison of two of these, never a flag that somebody could forget to set.
 */
export async function fingerprint(content: DraftContent): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(content));
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Plan text as documents hold it: LF line ends, no byte order mark (docs/spec/plan-language.md).
 * `changed` says whether the import had to be altered, so the page can tell.
 */
export function normalizeText(text: string): { text: string; changed: boolean } {
  const normal = text.replace(/^\uFEFF/u, '').replace(/\r\n?/gu, '\n');
  return { text: normal, changed: normal !== text };
}
