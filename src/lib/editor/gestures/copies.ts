import { idsDeclared, looksLikePlan, readPlaces, type CopiedPlaces } from '$lib/document/clipboard';
import { normalizeText, type Position } from '$lib/document/content';
import type { PlacedNode } from '$lib/document/placement';
import { placeTogether } from '$lib/document/placement-new';
import { toasts } from '$lib/ui/toasts.svelte';
import { elementOf, nodesOf, wiresOf } from '../graph';
import type { EditorSession } from '../session.svelte';

/** The clipboard's name for the places of what is copied; the plan text is its plain text. */
const PLACES = 'application/x-byteor-places+json';
/** How far from its original a copy stands, where there is room. */
const ASIDE = 32;

/** What was copied in this page last: a command can't write more than text to the clipboard. */
let lastCopied: CopiedPlaces | null = null;

/** Places for copies that stand to each other as their originals do, and cover nothing. */
function placesOf(
  session: EditorSession,
  originals: readonly (Position | undefined)[],
  created: readonly string[],
  kinds: readonly PlacedNode['kind'][],
  at?: Position,
): Record<string, Position> {
  const nodes = created.flatMap((id, index) => {
    const origin = originals[index];
    return origin ? [{ id, kind: kinds[index] ?? 'stage', at: { x: origin.x, y: origin.y } }] : [];
  });
  const corner = {
    x: Math.min(...nodes.map((node) => node.at.x)) + ASIDE,
    y: Math.min(...nodes.map((node) => node.at.y)) + ASIDE,
  };
  const shape = { nodes: nodesOf(session.graph), wires: wiresOf(session.graph) };
  return placeTogether(shape, session.content.layout, nodes, at ?? corner);
}

/** Copies what is selected; the copies stand to each other as their originals do. */
export async function duplicateSelected(session: EditorSession): Promise<void> {
  // In the order of the text, which is the order that their copies are named in.
  const ids = session.graph.stages
    .toSorted((a, b) => a.span.start - b.span.start)
    .flatMap(({ id }) => (session.selection.includes(id) ? [id] : []));
  if (ids.length === 0) return;
  const originals = ids.map((id) => session.content.layout.nodes[id]);
  await session.gesture([{ op: 'duplicate', ids }], {
    label: ids.length === 1 ? `Duplicate ${ids[0]}` : `Duplicate ${ids.length} stages`,
    place: (created) => ({ nodes: placesOf(session, originals, created, []) }),
    select: (created) => created,
    say: ids.length === 1 ? `${ids[0]} was duplicated` : `${ids.length} stages were duplicated`,
  });
}

function placesSelected(session: EditorSession): CopiedPlaces {
  const { nodes } = session.content.layout;
  const text = session.fragment;
  const places = idsDeclared(text).flatMap((id) => {
    const at = nodes[id];
    return at ? [{ id, x: at.x, y: at.y }] : [];
  });
  return { text, places };
}

/** Remembers where what is selected stands, for a paste of its text in this page. */
export function rememberCopied(session: EditorSession): void {
  lastCopied = placesSelected(session);
}

/** Puts what is selected into a clipboard: as plan text for everybody, with its places for us. */
export function copyTo(data: DataTransfer, session: EditorSession): void {
  rememberCopied(session);
  data.setData('text/plain', session.fragment);
  data.setData(PLACES, JSON.stringify(lastCopied));
}

/** Pastes what a clipboard holds, with its top left corner at a point of the plan if one is given. */
export async function pasteFrom(
  data: DataTransfer,
  session: EditorSession,
  at?: Position,
): Promise<void> {
  const text = data.getData('text/plain');
  await paste(session, text, { at, places: readPlaces(data.getData(PLACES), text) });
}

/** Pastes plan text: a fragment copied here or elsewhere. */
export async function paste(
  session: EditorSession,
  text: string,
  { at, places }: { at?: Position | undefined; places?: CopiedPlaces | null } = {},
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
  const known = places ?? (lastCopied?.text === text ? lastCopied : null);
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
      const byId = new Map(known.places.map((place) => [place.id, place]));
      const ids = idsDeclared(normal);
      const originals = ids.map((id) => byId.get(id));
      const kinds = ids.map((id) => elementOf(session.graph, id)?.kind ?? 'stage');
      return { nodes: placesOf(session, originals, created, kinds, at) };
    },
  });
}
