import { looksLikePlan, offsetCopies } from '$lib/document/clipboard';
import { normalizeText } from '$lib/document/content';
import { toasts } from '$lib/ui/toasts.svelte';
import { elementOf } from '../graph';
import type { EditorSession } from '../session.svelte';

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
    place: (created) => ({ nodes: offsetCopies(originals, created) }),
    select: (created) => created,
    say: ids.length === 1 ? `${ids[0]} was duplicated` : `${ids.length} stages were duplicated`,
  });
}

/** Pastes plan text: a fragment copied here or elsewhere. */
export async function paste(session: EditorSession, text: string): Promise<void> {
  const { text: normal } = normalizeText(text);
  if (!looksLikePlan(normal)) {
    toasts.show({
      tone: 'info',
      title: 'The clipboard holds no plan text',
      text: 'Copy stages here, or lines of a plan from anywhere, and paste again.',
    });
    return;
  }
  const after = session.selection.findLast(
    (id) =>
      elementOf(session.graph, id) !== undefined && elementOf(session.graph, id)?.kind !== 'egress',
  );
  await session.gesture([{ op: 'paste', text: normal, ...(after ? { after } : {}) }], {
    label: 'Paste',
    select: (created) => created,
    say: 'Pasted',
  });
}
