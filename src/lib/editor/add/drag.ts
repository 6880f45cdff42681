import type { Offer } from './offers';

/** What a stage that is dragged from the panel is called in the drag's data. */
const TYPE = 'application/x-byteor-stage';

/** What was dragged onto the canvas: a family of stages, or a boundary. */
export type Dragged = { family: string } | { boundary: 'ingress' | 'egress' };

export function startStageDrag(event: DragEvent, offer: Offer): void {
  const dragged: Dragged | null =
    offer.kind === 'family'
      ? { family: offer.family.name }
      : offer.kind === 'boundary'
        ? { boundary: offer.boundary }
        : null;
  if (!event.dataTransfer || dragged === null) return;
  event.dataTransfer.setData(TYPE, JSON.stringify(dragged));
  event.dataTransfer.effectAllowed = 'copy';
}

/** Whether something from the panel is dragged over the page. */
export function isStageDrag({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes(TYPE) ?? false;
}

/** What was let go; null when it came from elsewhere. */
export function draggedStage({ dataTransfer }: DragEvent): Dragged | null {
  const text = dataTransfer?.getData(TYPE);
  if (!text) return null;
  try {
    return JSON.parse(text) as Dragged;
  } catch {
    return null; // Another page gave its data our name.
  }
}
