import { around } from '$lib/canvas/draw-wire';
import { fold, groupFrames, tieOf, type GroupFrame } from '$lib/canvas/groups';
import type { CanvasElement, CanvasWire } from '$lib/canvas/model';
import { Scene } from '$lib/canvas/scene';
import type { Layout, Note } from '$lib/document/content';
import type { Box } from '$lib/document/placement';
import { icons, type IconName } from '$lib/ui/icons';
import type { Palette } from './palette';
import { chipsOf, drawPictureChip, drawPictureWire } from './picture-wires';
import { escaped, FONT, label, line, rect, widthOf, wrapped } from './svg';

/** One element as a picture shows it: as on the canvas, with what the stage does. */
export interface PictureElement extends CanvasElement {
  /** In parts; a value is set off from the words around it. */
  sentence: readonly { text: string; value: boolean }[];
}

/** All that a picture shows of a plan. Elements without a position aren't drawn. */
export interface PicturePlan {
  title: string;
  elements: readonly PictureElement[];
  wires: readonly CanvasWire[];
  layout: Layout;
}

const MARGIN = 32;
const TITLE = 36;
const NOTE_LINE = 16;
const CLASS_ICONS: Record<string, { icon: IconName; colour: 'filters' | 'rewrites' | 'stateful' }> =
  {
    filters: { icon: 'filter', colour: 'filters' },
    rewrites: { icon: 'mask', colour: 'rewrites' },
    stateful: { icon: 'stateful', colour: 'stateful' },
  };
/**
 * A plan as a standalone SVG, drawn from layout and model alone: the same in the page and in a test.
 * Every text is escaped and nothing refers to anything outside, so that it is safe to open anywhere.
 */
export function drawPicture(
  plan: PicturePlan,
  palette: Palette,
): { svg: string; width: number; height: number } {
  // The canvas's own scene: the same ways of wires, and the same places of what is inserted.
  const scene = new Scene();
  const folded = fold(plan.elements, plan.wires, plan.layout);
  scene.show(folded.elements, folded.wires, folded.positions, plan.layout.direction);
  const sentences = new Map(plan.elements.map(({ id, sentence }) => [id, sentence]));
  const frames = groupFrames(plan.layout, (id) => scene.box(id));
  const notes = Object.values(plan.layout.notes);
  const wires = [...scene.wires.values()].flatMap((wire) => {
    const drawing = scene.drawing(wire.id);
    return drawing ? [{ wire, drawing }] : [];
  });
  const chips = chipsOf(scene, wires);
  const bounds = boundsOf([
    ...scene.boxes().values(),
    ...frames.map(({ box }) => box),
    ...wires.map(({ drawing }) => drawing.box),
    ...chips.map(({ box }) => box),
    ...notes,
  ]);
  const x = bounds.x - MARGIN;
  const y = bounds.y - MARGIN - TITLE;
  const width = Math.ceil(bounds.width + 2 * MARGIN);
  const height = Math.ceil(bounds.height + 2 * MARGIN + TITLE);
  const parts = [
    rect({ x, y, width, height }, 0, `fill="${palette.canvas}"`),
    label(plan.title, x + MARGIN, y + MARGIN, 16, palette.text, 'bold', width - 2 * MARGIN),
    ...frames.map((frame) => drawGroup(frame, palette)),
    ...notes.flatMap((note) => drawTie(note, scene, palette)),
    ...wires.map(({ wire, drawing }) => drawPictureWire(wire, drawing, palette)),
    ...[...scene.elements.values()].map((element) =>
      drawElement(element, sentences.get(element.id) ?? [], scene.box(element.id), palette),
    ),
    ...chips.map((chip) => drawPictureChip(chip, palette)),
    ...notes.map((note) => drawNote(note, palette)),
  ];
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}" role="img" aria-label="${escaped(plan.title)}" font-family="${FONT}">`,
    `<title>${escaped(plan.title)}</title>`,
    `<defs><marker id="arrow" viewBox="0 0 8 10" refX="7" refY="5" markerWidth="8" markerHeight="10" orient="auto" markerUnits="userSpaceOnUse"><path d="M0 0.5L7 5L0 9.5z" fill="${palette.wire}"/></marker></defs>`,
    ...parts.filter(Boolean),
    '</svg>',
  ].join('\n');
  return { svg, width, height };
}

function boundsOf(boxes: readonly Box[]): Box {
  return boxes.length === 0 ? { x: 0, y: 0, width: 240, height: 24 } : around(boxes);
}

function drawElement(
  element: CanvasElement,
  sentence: PictureElement['sentence'],
  box: Box | undefined,
  palette: Palette,
): string {
  if (!box) return '';
  if (element.kind !== 'stage' && element.kind !== 'group')
    return drawBoundary(element, box, palette);
  const middle = box.y + box.height / 2;
  const left = box.x + 12;
  const inner = box.width - 24;
  const upper = middle - 10;
  const colours = { word: palette['text-muted'], value: palette.text };
  const isGroup = element.kind === 'group';
  const name = isGroup ? (element.title ?? '') : element.id;
  const style = CLASS_ICONS[element.class ?? ''];
  const tone = style
    ? { ink: palette[style.colour], fill: palette[`${style.colour}-soft`] }
    : { ink: palette.neutral, fill: palette['neutral-soft'] };
  const icon: IconName = isGroup
    ? 'group'
    : (style?.icon ?? (element.class === 'many' ? 'many' : 'reads'));
  const idWidth = Math.min(inner - 28, widthOf(name, 13, 'bold'));
  const keyRoom = inner - 28 - idWidth - 8;
  const lower = isGroup
    ? [{ text: (element.members ?? []).join(', '), value: false }]
    : sentence.length > 0
      ? sentence
      : [{ text: element.key ?? '', value: false }];
  return [
    `<g><title>${escaped(isGroup ? name : `${name} ${element.key ?? ''}`.trim())}</title>`,
    rect(box, 8, `fill="${palette.node}" stroke="${palette['node-border']}"`),
    rect({ x: left, y: upper - 10, width: 20, height: 20 }, 4, `fill="${tone.fill}"`),
    `<path transform="translate(${left + 3} ${upper - 7}) scale(0.875)" d="${icons[icon]}" fill="none" stroke="${tone.ink}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`,
    label(name, left + 28, upper + 4, 13, palette.text, 'bold', inner - 28),
    element.key !== null && sentence.length > 0 && keyRoom > 24
      ? label(
          element.key,
          box.x + box.width - 12,
          upper + 4,
          11,
          palette['text-muted'],
          'mono',
          keyRoom,
          'end',
        )
      : '',
    line(lower, left, middle + 18, 12, colours, inner),
    '</g>',
  ].join('');
}

function drawBoundary({ id, kind }: CanvasElement, box: Box, palette: Palette): string {
  const middle = box.y + box.height / 2;
  const word = widthOf(kind, 12, 'plain');
  const room = box.width - 24 - 20 - word - 6;
  const name = Math.min(room, widthOf(id, 13, 'bold'));
  const left = box.x + Math.max(12, (box.width - (20 + name + 6 + word)) / 2);
  return [
    '<g>',
    rect(box, box.height / 2, `fill="${palette.node}" stroke="${palette['border-strong']}"`),
    `<path transform="translate(${left} ${middle - 7}) scale(0.875)" d="${icons[kind === 'ingress' ? 'ingress' : 'egress']}" fill="none" stroke="${palette.text}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`,
    label(id, left + 20, middle + 4.5, 13, palette.text, 'bold', room),
    label(kind, left + 20 + name + 6, middle + 4.5, 12, palette['text-muted'], 'plain', word + 8),
    '</g>',
  ].join('');
}

function drawGroup({ group, box }: GroupFrame, palette: Palette): string {
  return [
    rect(box, 10, `fill="${palette.group}" stroke="${palette['border-strong']}"`),
    label(group.title, box.x + 12, box.y + 16, 12, palette['text-muted'], 'bold', box.width - 24),
  ].join('');
}

/** The dotted line from a note to what it is about. */
function drawTie(note: Note, scene: Scene, palette: Palette): string[] {
  const box = note.about === null ? undefined : scene.box(note.about);
  if (!box) return [];
  const { from, to } = tieOf(note, box);
  return [
    `<path d="M${from.x} ${from.y}L${to.x} ${to.y}" fill="none" stroke="${palette['note-border']}" stroke-width="1.5" stroke-dasharray="2 3"/>`,
  ];
}

function drawNote(note: Note, palette: Palette): string {
  const room = note.width - 20;
  const most = Math.max(1, Math.floor((note.height - 14) / NOTE_LINE));
  const lines = wrapped(note.text, room, 12);
  const shown = lines.slice(0, most);
  if (lines.length > most) shown[most - 1] = `${(shown[most - 1] ?? '').replace(/.$/u, '')}…`;
  return [
    `<g><title>${escaped(note.text)}</title>`,
    rect(note, 4, `fill="${palette.note}" stroke="${palette['note-border']}"`),
    ...shown.map((text, index) =>
      label(text, note.x + 10, note.y + 19 + index * NOTE_LINE, 12, palette.text, 'plain', room),
    ),
    '</g>',
  ].join('');
}
