import type { ReviewThread } from '$lib/comments/verdicts';
import type { SemanticDiff } from '$lib/compiler';
import { wireId } from './union';

/** The anchor of the whole. */
export const WHOLE = 'plan';

/** Open threads by the place of the picture that they are about: an element or a wire. */
export function openThreadsAt(
  threads: readonly Pick<ReviewThread, 'anchor' | 'gone' | 'resolved'>[],
  connections: SemanticDiff['union']['connections'],
): ReadonlyMap<string, number> {
  const wires = new Map(connections.map(({ anchor, from, to }) => [anchor, wireId(from, to)]));
  const counts = new Map<string, number>();
  for (const { anchor, gone, resolved } of threads) {
    if (gone || resolved !== null || anchor === WHOLE) continue;
    const place = wires.get(anchor) ?? anchor;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return counts;
}
