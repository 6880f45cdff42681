import { compiler } from '$lib/compiler';
import type { DraftContent } from '$lib/document/content';
import { elementsOf, nodesOf, wiresOf } from '$lib/editor/graph';
import type { PicturePlan } from './picture';

/** What a picture shows of a draft: read by the compiler, with a place for what has none. */
export async function picturePlan(title: string, content: DraftContent): Promise<PicturePlan> {
  const { graph } = await compiler().call('compile', {
    text: content.text,
    target: content.target,
  });
  const keys = graph.stages.map(({ key }) => key);
  const sentences = await compiler().call('sentences', { keys });
  const sentenceOf = new Map(keys.map((key, index) => [key, sentences[index]?.parts ?? []]));
  let { layout } = content;
  if (nodesOf(graph).some(({ id }) => !Object.hasOwn(layout.nodes, id))) {
    const { arrange } = await import('$lib/layout/arrange');
    const arranged = await arrange(nodesOf(graph), wiresOf(graph), layout.direction);
    // Places of two layouts in one picture would cover each other.
    const none = Object.keys(layout.nodes).length === 0;
    layout = { ...layout, nodes: none ? arranged : { ...arranged, ...layout.nodes } };
  }
  return {
    title,
    elements: elementsOf(graph).map(({ id, kind, key, class: of }) => ({
      id,
      kind,
      key,
      class: of,
      sentence: key === null ? [] : (sentenceOf.get(key) ?? []),
    })),
    wires: graph.connections.map(({ from, to, intent }) => ({
      from,
      to,
      lane: intent?.kind ?? 'events',
      detail: intent?.capacity === undefined ? '' : String(intent.capacity),
    })),
    layout,
  };
}
