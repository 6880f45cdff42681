import type { Chip, WireDrawing } from '$lib/canvas/draw-wire';
import { letterOf, type CanvasWire } from '$lib/canvas/model';
import { pathOf, type Point } from '$lib/canvas/route';
import type { Scene } from '$lib/canvas/scene';
import { icons } from '$lib/ui/icons';
import { plain } from '$lib/ui/worded';
import type { Palette } from './palette';
import { escaped, label, rect, widthOf } from './svg';

/** How the line of each kind of lane is broken, as on the canvas. */
const DASHES: Partial<Record<string, string>> = {
  journal: ' stroke-dasharray="10 3 2 3"',
  sequenced_slots: ' stroke-dasharray="6 3"',
};

/** What the compiler puts into a plan: routers and merges beside their elements, bridges on wires. */
export function chipsOf(scene: Scene, wires: readonly { drawing: WireDrawing }[]): Chip[] {
  return [
    ...[...scene.elements.keys()].flatMap((id) => scene.chips(id)),
    ...wires.flatMap(({ drawing }) => drawing.chips),
  ];
}

/** A connection in its lanes, each with its line and letter. */
export function drawPictureWire(
  wire: CanvasWire,
  { pieces }: WireDrawing,
  palette: Palette,
): string {
  const lines = pieces.map(({ points, lane }) => {
    const path = pathOf(points);
    return lane?.kind === 'fanout_broadcast'
      ? `<path d="${path}" stroke="${palette.wire}" stroke-width="5"/><path d="${path}" stroke="${palette.canvas}" stroke-width="2"/><path d="${path}" stroke="none" marker-end="url(#arrow)"/>`
      : `<path d="${path}" stroke="${palette.wire}" stroke-width="1.5"${DASHES[lane?.kind ?? ''] ?? ''} marker-end="url(#arrow)"/>`;
  });
  const letters = pieces.map(({ lane, letter }, at) => {
    const text = lane ? letterOf(lane) : at === 0 ? wire.intent : null;
    return text && letter ? drawLetter(text, letter, palette) : '';
  });
  return ['<g fill="none">', ...lines, ...letters, '</g>'].join('');
}

function drawLetter(text: string, { x, y }: Point, palette: Palette): string {
  const width = Math.max(16, widthOf(text, 11, 'bold') + 8);
  const box = { x: x - width / 2, y: y - 7, width, height: 14 };
  return [
    rect(box, 3, `fill="${palette.canvas}" stroke="${palette.wire}"`),
    label(text, x, y + 4, 11, palette['text-muted'], 'bold', width, 'middle'),
  ].join('');
}

/** A role that the compiler inserted. */
export function drawPictureChip({ inserted, box }: Chip, palette: Palette): string {
  const { role, kind, does, why } = inserted;
  const middle = box.y + box.height / 2;
  const left = box.x + 6;
  return [
    `<g><title>${escaped(`${role} ${does}.\n${plain(why)}.`)}</title>`,
    rect(
      box,
      4,
      `fill="${palette.canvas}" stroke="${palette['border-strong']}" stroke-dasharray="3 2"`,
    ),
    `<path transform="translate(${left} ${middle - 6}) scale(0.75)" d="${icons[kind]}" fill="none" stroke="${palette['text-muted']}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`,
    label(role, left + 16, middle + 4, 11, palette['text-muted'], 'plain', box.width - 26),
    '</g>',
  ].join('');
}
