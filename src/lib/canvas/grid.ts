import type { Box } from '$lib/document/placement';

const CELL = 256;

/** Finds what lies in a region without looking at all of it. */
export class Grid {
  readonly #cells = new Map<number, Set<string>>();
  readonly #boxes = new Map<string, Box>();

  get size(): number {
    return this.#boxes.size;
  }

  box(id: string): Box | undefined {
    return this.#boxes.get(id);
  }

  set(id: string, box: Box): void {
    if (this.#boxes.has(id)) this.delete(id);
    this.#boxes.set(id, box);
    for (const key of keysOf(box)) {
      const cell = this.#cells.get(key);
      if (cell) cell.add(id);
      else this.#cells.set(key, new Set([id]));
    }
  }

  delete(id: string): void {
    const box = this.#boxes.get(id);
    if (!box) return;
    this.#boxes.delete(id);
    for (const key of keysOf(box)) {
      const cell = this.#cells.get(key);
      cell?.delete(id);
      if (cell?.size === 0) this.#cells.delete(key);
    }
  }

  clear(): void {
    this.#cells.clear();
    this.#boxes.clear();
  }

  /** The first that overlaps the region and that `take` takes. */
  first(region: Box, take: (id: string) => boolean): string | null {
    const right = region.x + region.width;
    const bottom = region.y + region.height;
    for (let row = Math.floor(region.y / CELL); row <= Math.floor(bottom / CELL); row += 1)
      for (
        let column = Math.floor(region.x / CELL);
        column <= Math.floor(right / CELL);
        column += 1
      )
        for (const id of this.#cells.get(keyOf(column, row)) ?? []) {
          const box = this.#boxes.get(id);
          if (
            box &&
            box.x < right &&
            region.x < box.x + box.width &&
            box.y < bottom &&
            region.y < box.y + box.height &&
            take(id)
          )
            return id;
        }
    return null;
  }

  /** All that overlap the region. */
  within(region: Box): Set<string> {
    // A region larger than what there is costs no more than looking at everything.
    const cells = (region.width / CELL + 1) * (region.height / CELL + 1);
    const found = new Set<string>();
    if (cells > this.#boxes.size) {
      for (const [id, box] of this.#boxes)
        if (
          box.x < region.x + region.width &&
          region.x < box.x + box.width &&
          box.y < region.y + region.height &&
          region.y < box.y + box.height
        )
          found.add(id);
    } else
      this.first(region, (id) => {
        found.add(id);
        return false;
      });
    return found;
  }
}

function keyOf(column: number, row: number): number {
  return (column + 0x8000) * 0x10000 + (row + 0x8000);
}

function* keysOf(box: Box): Generator<number> {
  const right = Math.floor((box.x + box.width) / CELL);
  const bottom = Math.floor((box.y + box.height) / CELL);
  for (let row = Math.floor(box.y / CELL); row <= bottom; row += 1)
    for (let column = Math.floor(box.x / CELL); column <= right; column += 1)
      yield keyOf(column, row);
}
