import type { Box } from '$lib/document/placement';

/** A step of the arrow keys. */
export type Heading = readonly [x: -1 | 0 | 1, y: -1 | 0 | 1];

/** How much worse it is to lie aside than to lie further on. */
const ASIDE = 2;

/** The node that lies next in a direction; null where none does. */
export function nextNode(
  boxes: Iterable<readonly [id: string, box: Box]>,
  from: string,
  [x, y]: Heading,
): string | null {
  const all = [...boxes];
  const own = all.find(([id]) => id === from)?.[1];
  if (!own) return null;
  const middle = (box: Box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const start = middle(own);
  let best: { id: string; far: number } | null = null;
  for (const [id, box] of all) {
    const to = middle(box);
    const along = (to.x - start.x) * x + (to.y - start.y) * y;
    const across = Math.abs(x === 0 ? to.x - start.x : to.y - start.y);
    if (id === from || along <= 0) continue;
    const far = along + ASIDE * across;
    if (best === null || far < best.far) best = { id, far };
  }
  return best?.id ?? null;
}
