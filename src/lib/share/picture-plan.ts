import { compiler } from '$lib/compiler';
import type { DraftContent } from '$lib/document/content';
import { nodesOf, wiresOf } from '$lib/editor/graph';
import { insertedAt } from '$lib/editor/lowered';
import { pictureElements, pictureWires } from '$lib/editor/picture';
import type { PicturePlan } from './picture';

/** What a picture shows of a draft: read by the compiler, with a place for what has none. */
export async function picturePlan(title: string, content: DraftContent): Promise<PicturePlan> {
  const { text, target } = content;
  const { graph, report } = await compiler().call('compile', { text, target });
  const families = await compiler().call('catalogue', {});
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
  const picture = {
    ...{ graph, target, families, report, inserted: insertedAt(report) },
    // What is wrong is for whoever mends it, not for whoever looks.
    problems: new Map<string, never[]>(),
  };
  return {
    title,
    elements: pictureElements(picture).map((element) => ({
      ...element,
      sentence: element.key === null ? [] : (sentenceOf.get(element.key) ?? []),
    })),
    wires: pictureWires(picture),
    layout,
  };
}
