import type { Direction, Group, Layout, Note, Position } from '$lib/document/content';
import { sizeOf, type Box, type PlacedNode } from '$lib/document/placement';
import { escaped, FONT, label, line, rect, widthOf, wrapped } from './svg';
import { icons, type IconName } from '$lib/ui/icons';

/** One element as a picture shows it. */
export interface PictureElement {
  id: string;
  kind: PlacedNode['kind'];
  /** The stage key; null for a boundary. */
  key: string | null;
  class: string | null;
  /** What the stage does, in parts; a value is set off from the words around it. */
  sentence: readonly { text: string; value: boolean }[];
}

/** A connection as a picture shows it: its lane kind gives letter and line. */
export interface PictureWire {
  from: string;
  to: string;
  lane: 'events' | 'journal' | 'sequenced_slots' | 'fanout_broadcast';
  /** Behind the letter: the capacity of slots. */
  detail: string;
}

/** All that a picture shows of a plan. Elements without a position aren't drawn. */
export interface PicturePlan {
  title: string;
  elements: readonly PictureElement[];
  wires: readonly PictureWire[];
  layout: Layout;
}

/** Names of the tokens that a picture is painted with. */
export const paletteNames = [
  'canvas',
  'node',
  'node-border',
  'wire',
  'group',
  'note',
  'note-border',
  'border',
  'border-strong',
  'text',
  'text-muted',
  'text-faint',
  'surface-sunken',
  'neutral',
  'neutral-soft',
  'filters',
  'filters-soft',
  'rewrites',
  'rewrites-soft',
  'stateful',
  'stateful-soft',
] as const;
export type Palette = Record<(typeof paletteNames)[number], string>;

const MARGIN = 32;
const TITLE = 36;
/** What a group takes around its members, and above them for its title. */
const AROUND = 16;
const HEADING = 24;
const NOTE_LINE = 16;
const CLASS_ICONS: Record<string, { icon: IconName; colour: 'filters' | 'rewrites' | 'stateful' }> =
  {
    filters: { icon: 'filter', colour: 'filters' },
    rewrites: { icon: 'mask', colour: 'rewrites' },
    stateful: { icon: 'stateful', colour: 'stateful' },
  };
const LETTERS: Record<PictureWire['lane'], string> = {
  events: 'E',
  journal: 'J',
  sequenced_slots: 'S',
  fanout_broadcast: 'F',
};

/**
 * A plan as a standalone SVG, drawn from layout and model alone: the same in the page and in a test.
 * Every text is escaped and nothing refers to anything outside, so that it is safe to open anywhere.
 */
export function drawPicture(
  plan: PicturePlan,
  palette: Palette,
): { svg: string; width: number; height: number } {
  const scene = stage(plan);
  const bounds = boundsOf([
    ...scene.boxes.values(),
    ...scene.groups.map(({ box }) => box),
    ...scene.notes,
  ]);
  const x = bounds.x - MARGIN;
  const y = bounds.y - MARGIN - TITLE;
  const width = Math.ceil(bounds.width + 2 * MARGIN);
  const height = Math.ceil(bounds.height + 2 * MARGIN + TITLE);
  const parts = [
    rect({ x, y, width, height }, 0, `fill="${palette.canvas}"`),
    label(plan.title, x + MARGIN, y + MARGIN, 16, palette.text, 'bold', width - 2 * MARGIN),
    ...scene.groups.map((group) => drawGroup(group, palette)),
    ...scene.notes.flatMap((note) => drawTie(note, scene.boxes, palette)),
    ...scene.wires.map((wire) => drawWire(wire, scene.boxes, plan.layout.direction, palette)),
    ...scene.elements.map((element) => drawElement(element, scene.boxes, palette)),
    ...scene.notes.map((note) => drawNote(note, palette)),
  ];
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}" role="img" aria-label="${escaped(plan.title)}" font-family="${FONT}">`,
    `<title>${escaped(plan.title)}</title>`,
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z" fill="${palette.wire}"/></marker></defs>`,
    ...parts.filter(Boolean),
    '</svg>',
  ].join('\n');
  return { svg, width, height };
}

interface Scene {
  boxes: ReadonlyMap<string, Box>;
  elements: readonly PictureElement[];
  wires: readonly PictureWire[];
  groups: readonly { title: string; box: Box }[];
  notes: readonly Note[];
}

/** Where everything stands: a folded group stands as one node in the place of its members. */
function stage({ elements, wires, layout }: PicturePlan): Scene {
  const boxes = new Map<string, Box>();
  const placed = elements.filter(({ id }) => Object.hasOwn(layout.nodes, id));
  for (const { id, kind } of placed)
    boxes.set(id, { ...(layout.nodes[id] as Position), ...sizeOf(kind) });

  const standsFor = new Map<string, string>();
  const shown: PictureElement[] = [];
  const groups: { title: string; box: Box }[] = [];
  for (const [id, group] of Object.entries(layout.groups)) {
    const members = group.members.flatMap((member) => boxes.get(member) ?? []);
    if (members.length === 0) continue;
    const around = boundsOf(members);
    if (group.folded) {
      const name = `group ${id}`;
      for (const member of group.members) standsFor.set(member, name);
      boxes.set(name, { x: around.x, y: around.y, ...sizeOf('stage') });
      shown.push(folded(name, group));
    } else {
      groups.push({
        title: group.title,
        box: {
          x: around.x - AROUND,
          y: around.y - AROUND - HEADING,
          width: around.width + 2 * AROUND,
          height: around.height + 2 * AROUND + HEADING,
        },
      });
    }
  }
  shown.push(...placed.filter(({ id }) => !standsFor.has(id)));
  const drawn = new Set<string>();
  const joined = wires.flatMap((wire) => {
    const from = standsFor.get(wire.from) ?? wire.from;
    const to = standsFor.get(wire.to) ?? wire.to;
    const line = `${from} ${to} ${wire.lane}`;
    if (from === to || !boxes.has(from) || !boxes.has(to) || drawn.has(line)) return [];
    drawn.add(line);
    return [{ ...wire, from, to }];
  });
  for (const hidden of standsFor.keys()) boxes.delete(hidden);
  const notes = Object.values(layout.notes).map((note) => ({
    ...note,
    about: note.about === null ? null : (standsFor.get(note.about) ?? note.about),
  }));
  return { boxes, elements: shown, wires: joined, groups, notes };
}

function folded(id: string, { title, members }: Group): PictureElement {
  const text = members.length === 1 ? '1 element' : `${members.length} elements`;
  return {
    id,
    kind: 'stage',
    key: null,
    class: 'group',
    sentence: [
      { text: title, value: true },
      { text: ` · ${text}`, value: false },
    ],
  };
}

function boundsOf(boxes: readonly Box[]): Box {
  if (boxes.length === 0) return { x: 0, y: 0, width: 240, height: 24 };
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

function drawElement(
  element: PictureElement,
  boxes: ReadonlyMap<string, Box>,
  palette: Palette,
): string {
  const box = boxes.get(element.id);
  if (!box) return '';
  if (element.kind !== 'stage') return drawBoundary(element, box, palette);
  const middle = box.y + box.height / 2;
  const left = box.x + 12;
  const inner = box.width - 24;
  const upper = element.sentence.length > 0 ? middle - 10 : middle - 9;
  const colours = { word: palette['text-muted'], value: palette.text };
  const isGroup = element.class === 'group';
  const style = CLASS_ICONS[element.class ?? ''];
  const tone = style
    ? { ink: palette[style.colour], fill: palette[`${style.colour}-soft`] }
    : { ink: palette.neutral, fill: palette['neutral-soft'] };
  const icon: IconName = isGroup
    ? 'group'
    : (style?.icon ?? (element.class === 'many' ? 'many' : 'reads'));
  const idWidth = Math.min(inner - 28, widthOf(element.id, 13, 'bold'));
  const keyRoom = inner - 28 - idWidth - 8;
  const lower =
    element.sentence.length > 0 ? element.sentence : [{ text: element.key ?? '', value: false }];
  return [
    `<g><title>${escaped(isGroup ? '' : `${element.id} ${element.key ?? ''}`.trim())}</title>`,
    rect(box, 8, `fill="${palette.node}" stroke="${palette['node-border']}"`),
    rect({ x: left, y: upper - 10, width: 20, height: 20 }, 4, `fill="${tone.fill}"`),
    `<path transform="translate(${left + 3} ${upper - 7}) scale(0.875)" d="${icons[icon]}" fill="none" stroke="${tone.ink}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`,
    isGroup
      ? line(element.sentence, left + 28, upper + 4, 13, colours, inner - 28)
      : label(element.id, left + 28, upper + 4, 13, palette.text, 'bold', inner - 28),
    element.key !== null && element.sentence.length > 0 && keyRoom > 24
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
    isGroup ? '' : line(lower, left, middle + 18, 12, colours, inner),
    '</g>',
  ].join('');
}

function drawBoundary({ id, kind }: PictureElement, box: Box, palette: Palette): string {
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

function drawWire(
  wire: PictureWire,
  boxes: ReadonlyMap<string, Box>,
  direction: Direction,
  palette: Palette,
): string {
  const [from, to] = [boxes.get(wire.from), boxes.get(wire.to)];
  if (!from || !to) return '';
  const down = direction === 'down';
  const start = down
    ? { x: from.x + from.width / 2, y: from.y + from.height }
    : { x: from.x + from.width, y: from.y + from.height / 2 };
  const end = down ? { x: to.x + to.width / 2, y: to.y } : { x: to.x, y: to.y + to.height / 2 };
  // A wire back bows out; its ends still leave and arrive along the flow.
  const reach = Math.max(24, Math.abs(down ? end.y - start.y : end.x - start.x) / 2);
  const [a, b] = down
    ? [
        { x: start.x, y: start.y + reach },
        { x: end.x, y: end.y - reach },
      ]
    : [
        { x: start.x + reach, y: start.y },
        { x: end.x - reach, y: end.y },
      ];
  const path = `M${start.x} ${start.y}C${a.x} ${a.y} ${b.x} ${b.y} ${end.x} ${end.y}`;
  const middle = {
    x: (start.x + 3 * a.x + 3 * b.x + end.x) / 8,
    y: (start.y + 3 * a.y + 3 * b.y + end.y) / 8,
  };
  const dash = {
    events: '',
    journal: ' stroke-dasharray="8 3 2 3"',
    sequenced_slots: ' stroke-dasharray="5 4"',
    fanout_broadcast: '',
  }[wire.lane];
  const letter = [LETTERS[wire.lane], wire.detail].filter(Boolean).join(' ');
  const width = Math.max(14, widthOf(letter, 10, 'bold') + 6);
  const box = { x: middle.x - width / 2, y: middle.y - 7, width, height: 14 };
  return [
    '<g fill="none">',
    wire.lane === 'fanout_broadcast'
      ? `<path d="${path}" stroke="${palette.wire}" stroke-width="4"/><path d="${path}" stroke="${palette.canvas}" stroke-width="1.5"/><path d="${path}" stroke="none" marker-end="url(#arrow)"/>`
      : `<path d="${path}" stroke="${palette.wire}" stroke-width="1.5"${dash} marker-end="url(#arrow)"/>`,
    rect(box, 3, `fill="${palette.node}" stroke="${palette.wire}"`),
    label(letter, middle.x, middle.y + 3.5, 10, palette['text-muted'], 'bold', width, 'middle'),
    '</g>',
  ].join('');
}

function drawGroup({ title, box }: { title: string; box: Box }, palette: Palette): string {
  return [
    rect(box, 10, `fill="${palette.group}" stroke="${palette['border-strong']}"`),
    label(title, box.x + 12, box.y + 20, 12, palette['text-muted'], 'bold', box.width - 24),
  ].join('');
}

/** The dotted line from a note to what it is about. */
function drawTie(note: Note, boxes: ReadonlyMap<string, Box>, palette: Palette): string[] {
  const box = note.about === null ? undefined : boxes.get(note.about);
  if (!box) return [];
  const centre = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 });
  const [from, to] = [centre(note), centre(box)];
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
