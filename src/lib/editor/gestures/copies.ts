import { besideCopied, besideOf, type Beside } from '$lib/document/beside';
import { declaredIn, looksLikePlan, readCopied, type CopiedBeside } from '$lib/document/clipboard';
import { normalizeText, type Layout, type Position } from '$lib/document/content';
import { boxOf, flowBoxes, type PlacedNode } from '$lib/document/placement';
import { placeTogether } from '$lib/document/placement-new';
import { notesBeside } from '$lib/document/placement-notes';
import { toasts } from '$lib/ui/toasts.svelte';
import { elementOf, nodesOf, wiresOf } from '../graph';
import type { EditorSession } from '../session.svelte';

/** The clipboard's name for what stands beside what is copied; the plan text is its plain text. */
const BESIDE = 'application/x-byteor-beside+json';
/** How far from its original a copy stands, where there is room. */
const ASIDE = 32;

/** What was copied in this page last: a command can't write more than text to the clipboard. */
let lastCopied: CopiedBeside | null = null;

/** An element of the plan, and its copy. */
interface Copy {
  from: string;
  to: string;
  kind: PlacedNode['kind'];
}

/**
 * What stands beside copies: they stand to each other as their originals do, and cover nothing; notes
 * and groups that belong to the originals alone come along.
 */
function besideOfCopies(
  session: EditorSession,
  original: Layout,
  copies: readonly Copy[],
  at?: Position,
): Beside {
  const nodes = copies.flatMap(({ from, to, kind }) => {
    const place = original.nodes[from];
    return place ? [{ id: to, kind, at: { x: place.x, y: place.y } }] : [];
  });
  const corner = {
    x: Math.min(...nodes.map((node) => node.at.x)) + ASIDE,
    y: Math.min(...nodes.map((node) => node.at.y)) + ASIDE,
  };
  const shape = { nodes: nodesOf(session.graph), wires: wiresOf(session.graph) };
  const { layout } = session.content;
  const places = placeTogether(shape, layout, nodes, at ?? corner);
  const names = new Map(copies.map(({ from, to }) => [from, to]));
  const { nodes: placed, notes, groups } = besideCopied(original, names, places, layout);
  const taken = [
    ...flowBoxes(shape, { direction: 'down', nodes: layout.nodes }).values(),
    ...nodes.flatMap(({ id, kind }) => (places[id] ? [boxOf(kind, places[id])] : [])),
    ...Object.values(layout.notes),
  ];
  return {
    nodes: { ...placed },
    notes: notesBeside(notes, taken),
    groups: { ...groups },
  };
}

/** Copies what is selected; the copies stand to each other as their originals do. */
export async function duplicateSelected(session: EditorSession): Promise<void> {
  // In the order of the text, which is the order that their copies are named in.
  const ids = session.graph.stages
    .toSorted((a, b) => a.span.start - b.span.start)
    .flatMap(({ id }) => (session.selection.includes(id) ? [id] : []));
  if (ids.length === 0) return;
  const original = besideOf(session.content.layout, ids);
  await session.gesture([{ op: 'duplicate', ids }], {
    label: ids.length === 1 ? `Duplicate ${ids[0]}` : `Duplicate ${ids.length} stages`,
    place: (created) => {
      const copies = ids.flatMap((from, index): Copy[] => {
        const to = created[index];
        return to === undefined ? [] : [{ from, to, kind: 'stage' }];
      });
      return besideOfCopies(session, original, copies);
    },
    select: (created) => created,
    say: ids.length === 1 ? `${ids[0]} was duplicated` : `${ids.length} stages were duplicated`,
  });
}

/** Remembers what stands beside what is selected, for a paste of its text in this page. */
export function rememberCopied(session: EditorSession): void {
  const text = session.fragment;
  const ids = declaredIn(text).map(({ id }) => id);
  lastCopied = { text, layout: besideOf(session.content.layout, ids) };
}

/** Puts what is selected into a clipboard: as plan text for everybody, with the rest for us. */
export function copyTo(data: DataTransfer, session: EditorSession): void {
  rememberCopied(session);
  data.setData('text/plain', session.fragment);
  data.setData(BESIDE, JSON.stringify(lastCopied));
}

/** Pastes what a clipboard holds, with its top left corner at a point of the plan if one is given. */
export async function pasteFrom(
  data: DataTransfer,
  session: EditorSession,
  at?: Position,
): Promise<void> {
  const text = data.getData('text/plain');
  await paste(session, text, { at, copied: readCopied(data.getData(BESIDE), text) });
}

/** Pastes plan text: a fragment copied here or elsewhere. */
export async function paste(
  session: EditorSession,
  text: string,
  { at, copied }: { at?: Position | undefined; copied?: CopiedBeside | null } = {},
): Promise<void> {
  const { text: normal } = normalizeText(text);
  if (!looksLikePlan(normal)) {
    toasts.show({
      tone: 'info',
      title: 'The clipboard holds no plan text',
      text: 'Copy stages here, or lines of a plan from anywhere, and paste again.',
    });
    return;
  }
  const known = copied ?? (lastCopied?.text === text ? lastCopied : null);
  const after = session.selection.findLast(
    (id) =>
      elementOf(session.graph, id) !== undefined && elementOf(session.graph, id)?.kind !== 'egress',
  );
  await session.gesture([{ op: 'paste', text: normal, ...(after ? { after } : {}) }], {
    label: 'Paste',
    select: (created) => created,
    say: 'Pasted',
    place: (created) => {
      if (!known) return undefined;
      const copies = declaredIn(normal).flatMap(({ id: from, kind }, index): Copy[] => {
        const to = created[index];
        return to === undefined ? [] : [{ from, to, kind }];
      });
      return besideOfCopies(session, known.layout, copies, at);
    },
  });
}
