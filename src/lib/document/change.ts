import { storedContent } from './content';
import type {
  Case,
  Direction,
  DraftContent,
  ExecutionTarget,
  Group,
  Layout,
  Note,
  Position,
  Sample,
} from './content';
import { applyEdits, invertEdits, type TextEdit } from './edits';
import { same } from './same';

/** New values by id; null takes one away. */
type Patch<T> = Record<string, T | null>;

/** What a command does to a draft: text edits, what stands beside the plan, or the target. */
export interface Change {
  edits?: TextEdit[];
  target?: ExecutionTarget;
  direction?: Direction;
  nodes?: Patch<Position>;
  notes?: Patch<Note>;
  groups?: Patch<Group>;
  cases?: Patch<Case>;
  samples?: Patch<Sample>;
}

/** The parts of a layout that are kept by id. */
const PARTS = ['nodes', 'notes', 'groups'] as const satisfies readonly (keyof Layout &
  keyof Change)[];

/** What the content keeps by id besides. */
const BESIDE = ['cases', 'samples'] as const satisfies readonly (keyof DraftContent &
  keyof Change)[];

/** Everything that is kept by id, and where. */
const kept = (content: DraftContent): [(typeof PARTS | typeof BESIDE)[number], Records][] => [
  ...PARTS.map((part): [typeof part, Records] => [part, content.layout[part]]),
  ...BESIDE.map((part): [typeof part, Records] => [part, content[part]]),
];

type Records = Readonly<Record<string, unknown>>;

function patched<T>(record: Readonly<Record<string, T>>, patch: Patch<T>): Record<string, T> {
  const next = { ...record };
  for (const [id, value] of Object.entries(patch)) {
    if (value === null) delete next[id];
    else next[id] = value;
  }
  return next;
}

/** The content after the change; what the change does not speak of is shared with the old one. */
export function applyChange(content: DraftContent, change: Change): DraftContent {
  const next = { ...content };
  if (change.edits?.length) next.text = applyEdits(content.text, change.edits);
  if (change.target) next.target = change.target;
  if (change.direction) next.layout = { ...next.layout, direction: change.direction };
  for (const part of PARTS) {
    const patch = change[part];
    if (patch) next.layout = { ...next.layout, [part]: patched<unknown>(next.layout[part], patch) };
  }
  if (change.cases) next.cases = patched(content.cases, change.cases);
  if (change.samples) next.samples = patched(content.samples, change.samples);
  return next;
}

/** The change that takes `change` back when it is applied to `content` afterwards. */
export function invertChange(content: DraftContent, change: Change): Change {
  const backward: Change = {};
  if (change.edits?.length) backward.edits = invertEdits(content.text, change.edits);
  if (change.target) backward.target = content.target;
  if (change.direction) backward.direction = content.layout.direction;
  for (const [part, record] of kept(content)) {
    const patch = change[part];
    if (!patch) continue;
    const before = Object.keys(patch).map((id) => [id, record[id] ?? null]);
    Object.assign(backward, { [part]: Object.fromEntries(before) as Patch<unknown> });
  }
  return backward;
}

/** Whether the change would alter the content at all. */
export function isEmptyChange(content: DraftContent, change: Change): boolean {
  const { layout, target, text } = content;
  return (
    (change.edits ?? []).every((edit) => text.slice(edit.start, edit.end) === edit.text) &&
    (change.target ?? target) === target &&
    (change.direction ?? layout.direction) === layout.direction &&
    kept(content).every(([part, record]) =>
      Object.entries(change[part] ?? {}).every(([id, value]) => same(value, record[id] ?? null)),
    )
  );
}

/** Content as a save takes it: of cases and samples those that aren't as the base has them. */
export function savedContent(content: DraftContent, base: DraftContent | null) {
  const { cases: _, samples: __, ...rest } = storedContent(content);
  const { cases = {}, samples = {} } = besideChange(
    base ?? { ...content, cases: {}, samples: {} },
    content,
  );
  return { ...rest, cases, samples };
}

/** What leads from one layout to another. */
function layoutChange(from: Layout, to: Layout): Change {
  const change: Change = {};
  if (from.direction !== to.direction) change.direction = to.direction;
  for (const part of PARTS) Object.assign(change, patchOf(part, from[part], to[part]));
  return change;
}

/** What leads from one content to another, but for the text and the target. */
export function besideChange(from: DraftContent, to: DraftContent): Change {
  const change = layoutChange(from.layout, to.layout);
  for (const part of BESIDE) Object.assign(change, patchOf(part, from[part], to[part]));
  return change;
}

function patchOf(part: string, before: Records, after: Records): Record<string, Patch<unknown>> {
  const patch: Patch<unknown> = {};
  for (const id of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!same(before[id], after[id])) patch[id] = after[id] ?? null;
  }
  return Object.keys(patch).length > 0 ? { [part]: patch } : {};
}
