import type { Box } from '$lib/document/placement';

const CELL = 256;

/** Finds what lies in a region without looking at all of it. */
export class Grid {
  readonly #cells = new Map<number, Set<string>>();
  readonly #boxes = new Map<string, Box>();

  box(id: string): Box | undefined {
    return this.#boxes.get(id);
  }

  set(id: string, box: Box): void {
    const before = this.#boxes.get(id);
    this.#boxes.set(id, box);
    if (before) {
      // Most moves stay in the same cells.
      if (sameCells(before, box)) return;
      this.#leave(id, before);
    }
    const right = cellOf(box.x + box.width);
    const bottom = cellOf(box.y + box.height);
    for (let row = cellOf(box.y); row <= bottom; row += 1)
      for (let column = cellOf(box.x); column <= right; column += 1) {
        const key = keyOf(column, row);
        const cell = this.#cells.get(key);
        if (cell) cell.add(id);
        else this.#cells.set(key, new Set([id]));
      }
  }

  delete(id: string): void {
    const box = this.#boxes.get(id);
    if (!box) return;
    this.#boxes.delete(id);
    this.#leave(id, box);
  }

  #leave(id: string, box: Box): void {
    const right = cellOf(box.x + box.width);
    const bottom = cellOf(box.y + box.height);
    for (let row = cellOf(box.y); row <= bottom; row += 1)
      for (let column = cellOf(box.x); column <= right; column += 1)
        this.#cells.get(keyOf(column, row))?.delete(id);
  }

  clear(): void {
    this.#cells.clear();
    this.#boxes.clear();
  }

  /** The first that overlaps the region and that `take` takes. */
  first(region: Box, take: (id: string) => boolean): string | null {
    const right = region.x + region.width;
    const bottom = region.y + region.height;
    for (let row = cellOf(region.y); row <= cellOf(bottom); row += 1)
      for (let column = cellOf(region.x); column <= cellOf(right); column += 1)
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

function cellOf(place: number): number {
  return Math.floor(place / CELL);
}

function sameCells(a: Box, b: Box): boolean {
  return (
    cellOf(a.x) === cellOf(b.x) &&
    cellOf(a.y) === cellOf(b.y) &&
    cellOf(a.x + a.width) === cellOf(b.x + b.width) &&
    cellOf(a.y + a.height) === cellOf(b.y + b.height)
  );
}
