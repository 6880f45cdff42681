import type { Note, Position } from './content';
import { flowBoxes, freeSpot, overlaps, type Box, type PlanShape } from './placement';

type Notes = Readonly<Record<string, Note>>;

/** Where nodes and notes stand; the layout of a draft is one of these. */
interface Standing {
  nodes: Readonly<Record<string, Position>>;
  notes: Notes;
}

/** Notes go along with what they are about. */
export function notesAlong(
  moves: Readonly<Record<string, Position>>,
  { nodes, notes }: Standing,
): Record<string, Note> {
  const result: Record<string, Note> = {};
  for (const [id, note] of Object.entries(notes)) {
    const from = note.about === null ? undefined : nodes[note.about];
    const to = note.about === null ? undefined : moves[note.about];
    if (from && to && (from.x !== to.x || from.y !== to.y))
      result[id] = { ...note, x: note.x + to.x - from.x, y: note.y + to.y - from.y };
  }
  return result;
}

/**
 * Notes after nodes were moved or came: they went along, and off every node and note that they didn't
 * lie on before. Answers those that stand elsewhere then.
 */
export function notesClear(
  shape: PlanShape,
  { nodes, notes }: Standing,
  moves: Readonly<Record<string, Position>>,
  /** What comes in, and is no part of the plan yet. */
  fresh: readonly Box[] = [],
): Record<string, Note> {
  const ids = Object.keys(notes);
  if (ids.length === 0) return {};
  // Notes have no front: which way records flow is nothing to them.
  const boxesOf = (at: Standing['nodes']) => flowBoxes(shape, { direction: 'down', nodes: at });
  const before = boxesOf(nodes);
  const after = boxesOf({ ...nodes, ...moves });
  const along = notesAlong(moves, { nodes, notes });
  const standing = new Map(ids.map((id): [string, Note] => [id, along[id] ?? notes[id]!]));
  const cleared: Record<string, Note> = { ...along };
  for (const id of ids) {
    const [had, now] = [notes[id]!, standing.get(id)!];
    const others = ids.filter((other) => other !== id);
    const lay = (box: Box | undefined) => box !== undefined && overlaps(box, had);
    const covers =
      fresh.some((box) => overlaps(box, now)) ||
      [...after].some(([node, box]) => overlaps(box, now) && !lay(before.get(node))) ||
      others.some((other) => overlaps(standing.get(other)!, now) && !lay(notes[other]));
    if (!covers) continue;
    const { x, y } = freeSpot(now, [
      ...after.values(),
      ...fresh,
      ...others.map((other) => standing.get(other)!),
    ]);
    cleared[id] = { ...now, x, y };
    standing.set(id, cleared[id]);
  }
  return cleared;
}

/** Notes that are new, put where they cover nothing that is there, nor each other. */
export function notesBeside(fresh: Notes, taken: Iterable<Box>): Record<string, Note> {
  const boxes = [...taken];
  return Object.fromEntries(
    Object.entries(fresh).map(([id, note]): [string, Note] => {
      const free = boxes.some((box) => overlaps(box, note))
        ? { ...note, ...cornerOf(freeSpot(note, boxes)) }
        : note;
      boxes.push(free);
      return [id, free];
    }),
  );
}

const cornerOf = ({ x, y }: Box) => ({ x, y });
