import type { DraftContent, ExecutionTarget, Position } from './content';
import { applyEdits, invertEdits, type TextEdit } from './edits';

/** What a command does to a draft: text edits, positions (null forgets one), or the target. */
export interface Change {
  edits?: TextEdit[];
  nodes?: Record<string, Position | null>;
  target?: ExecutionTarget;
}

/** The content after the change; what the change does not speak of is shared with the old one. */
export function applyChange(content: DraftContent, change: Change): DraftContent {
  const next = { ...content };
  if (change.edits?.length) next.text = applyEdits(content.text, change.edits);
  if (change.target) next.target = change.target;
  if (change.nodes) {
    const nodes = { ...content.layout.nodes };
    for (const [id, position] of Object.entries(change.nodes)) {
      if (position) nodes[id] = position;
      else delete nodes[id];
    }
    next.layout = { v: 1, nodes };
  }
  return next;
}

/** The change that takes `change` back when it is applied to `content` afterwards. */
export function invertChange(content: DraftContent, change: Change): Change {
  const backward: Change = {};
  if (change.edits?.length) backward.edits = invertEdits(content.text, change.edits);
  if (change.target) backward.target = content.target;
  if (change.nodes) {
    backward.nodes = Object.fromEntries(
      Object.keys(change.nodes).map((id) => [id, content.layout.nodes[id] ?? null]),
    );
  }
  return backward;
}

/** Whether the change would alter the content at all. */
export function isEmptyChange(content: DraftContent, change: Change): boolean {
  const textSame =
    !change.edits || change.edits.every((e) => content.text.slice(e.start, e.end) === e.text);
  const targetSame = !change.target || change.target === content.target;
  const nodesSame =
    !change.nodes ||
    Object.entries(change.nodes).every(([id, position]) => {
      const current = content.layout.nodes[id];
      return position
        ? current !== undefined && current.x === position.x && current.y === position.y
        : current === undefined;
    });
  return textSame && targetSame && nodesSame;
}
