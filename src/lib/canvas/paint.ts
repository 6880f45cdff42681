import type { Layout } from '$lib/document/content';
import type { Box } from '$lib/document/placement';
import type { Colors } from './colors';
import type { GroupFrame } from './groups';
import type { DifferenceClass } from './model';
import type { CanvasOverlay } from './overlay';
import type { Scene } from './scene';
import { contains, regionOf, type Size, type Viewport } from './view';

/** What is painted when nodes are too small to be read. */
export interface Picture {
  scene: Scene;
  selection: ReadonlySet<string>;
  overlay: CanvasOverlay | null;
  frames: readonly GroupFrame[];
  notes: Layout['notes'];
  colors: Colors;
}

/** How long a frame may look for the ways of wires that are new; the others come with the next. */
const ROUTING_MS = 8;

/**
 * Paints nodes as blocks and wires as lines, all in one element. Answers whether everything was
 * painted as it is: wires whose way isn't known yet go straight until a later frame.
 */
export function paint(
  context: CanvasRenderingContext2D,
  picture: Picture,
  viewport: Viewport,
  size: Size,
  ratio: number,
): boolean {
  const { scene, colors } = picture;
  const { x, y, zoom } = viewport;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, size.width * ratio, size.height * ratio);
  context.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * x, ratio * y);
  const region = regionOf(viewport, size);
  const bounds = scene.bounds();
  if (!bounds) return true;
  const all = contains(region, bounds);
  for (const { box } of picture.frames)
    block(context, box, colors.group, colors.groupBorder, 1 / zoom);
  const whole = paintWires(
    context,
    picture,
    all ? scene.wires.keys() : scene.wiresIn(region),
    zoom,
  );
  paintNodes(context, picture, all ? scene.elements.keys() : scene.nodesIn(region), zoom);
  for (const note of Object.values(picture.notes))
    block(context, note, colors.note, colors.noteBorder, 1 / zoom);
  return whole;
}

function paintWires(
  context: CanvasRenderingContext2D,
  { scene, selection, overlay, colors }: Picture,
  ids: Iterable<string>,
  zoom: number,
): boolean {
  const until = performance.now() + ROUTING_MS;
  const plain: string[] = [];
  const lit: string[] = [];
  const bad: string[] = [];
  /** Lanes that are filling, full or dropping: dashed, so that it isn't the colour alone. */
  const tight: string[] = [];
  const added: string[] = [];
  const removed: string[] = [];
  for (const id of ids) {
    const wire = scene.wires.get(id);
    if (!wire) continue;
    if (selection.has(wire.from) || selection.has(wire.to) || selection.has(id)) lit.push(id);
    else if (wire.errors > 0) bad.push(id);
    else if (overlay?.wires.get(id)?.blocked) tight.push(id);
    else if (wire.difference === 'added') added.push(id);
    else if (wire.difference === 'removed') removed.push(id);
    else plain.push(id);
  }
  let whole = true;
  context.lineWidth = Math.max(1 / zoom, 1.5);
  for (const [list, color] of [
    [plain, colors.wire],
    [bad, colors.danger],
    [tight, colors.warn],
    [added, colors.added],
    [removed, colors.removed],
    [lit, colors.accent],
  ] as const) {
    if (list.length === 0) continue;
    context.strokeStyle = color;
    context.setLineDash(list === tight ? [6 / zoom, 4 / zoom] : []);
    context.beginPath();
    for (const id of list) {
      if (scene.isDrawn(id) || performance.now() < until) trace(context, scene, id);
      else {
        whole = false;
        straight(context, scene, id);
      }
    }
    context.stroke();
  }
  context.setLineDash([]);
  return whole;
}

function trace(context: CanvasRenderingContext2D, scene: Scene, id: string): void {
  for (const { points } of scene.drawing(id)?.pieces ?? []) {
    points.forEach((point, at) => {
      if (at === 0) context.moveTo(point.x, point.y);
      else context.lineTo(point.x, point.y);
    });
  }
}

function straight(context: CanvasRenderingContext2D, scene: Scene, id: string): void {
  const wire = scene.wires.get(id);
  const [from, to] = [wire && scene.box(wire.from), wire && scene.box(wire.to)];
  if (!from || !to) return;
  context.moveTo(from.x + from.width / 2, from.y + from.height / 2);
  context.lineTo(to.x + to.width / 2, to.y + to.height / 2);
}

function paintNodes(
  context: CanvasRenderingContext2D,
  { scene, selection, overlay, colors }: Picture,
  ids: Iterable<string>,
  zoom: number,
): void {
  const looks = {
    plain: { fill: colors.node, line: colors.boundary, width: 1 },
    warn: { fill: colors.node, line: colors.warn, width: 1.5 },
    bad: { fill: colors.dangerSoft, line: colors.danger, width: 1.5 },
    added: { fill: colors.addedSoft, line: colors.added, width: 1.5 },
    removed: { fill: colors.removedSoft, line: colors.removed, width: 1.5 },
    changed: { fill: colors.changedSoft, line: colors.changed, width: 1.5 },
    renamed: { fill: colors.renamedSoft, line: colors.renamed, width: 1.5 },
    rewired: { fill: colors.rewiredSoft, line: colors.rewired, width: 1.5 },
    chosen: { fill: colors.accent, line: colors.accent, width: 1 },
  };
  const boxes = Object.fromEntries(Object.keys(looks).map((look) => [look, [] as Box[]])) as Record<
    keyof typeof looks,
    Box[]
  >;
  for (const id of ids) {
    const element = scene.elements.get(id);
    const box = scene.box(id);
    if (!element || !box) continue;
    const tone = overlay?.nodes.get(id)?.tone;
    const look = selection.has(id)
      ? 'chosen'
      : element.errors > 0 || (element.cases ?? 0) > 0 || tone === 'danger'
        ? 'bad'
        : element.warnings > 0 || tone === 'warn'
          ? 'warn'
          : (element.difference?.classes[0] ?? 'plain');
    boxes[look].push(box);
  }
  for (const [look, { fill, line, width }] of Object.entries(looks) as [
    keyof typeof looks,
    (typeof looks)['plain'],
  ][]) {
    if (boxes[look].length === 0) continue;
    context.beginPath();
    for (const box of boxes[look]) context.rect(box.x, box.y, box.width, box.height);
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = line;
    context.lineWidth = width / zoom;
    context.stroke();
  }
}

function block(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Box,
  fill: string,
  line: string,
  lineWidth: number,
): void {
  context.fillStyle = fill;
  context.fillRect(x, y, width, height);
  context.strokeStyle = line;
  context.lineWidth = lineWidth;
  context.strokeRect(x, y, width, height);
}

/** Paints the map: all nodes, small, and what of them is on the screen. */
export function paintMap(
  context: CanvasRenderingContext2D,
  { scene, selection, colors }: Pick<Picture, 'scene' | 'selection' | 'colors'>,
  seen: Box,
  size: Size,
  ratio: number,
): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, size.width * ratio, size.height * ratio);
  const scale = mapScale(scene, size);
  if (!scale) return;
  context.setTransform(
    ratio * scale.zoom,
    0,
    0,
    ratio * scale.zoom,
    ratio * scale.x,
    ratio * scale.y,
  );
  const least = 1.5 / scale.zoom;
  for (const [id, box] of scene.boxes()) {
    context.fillStyle = selection.has(id)
      ? colors.accent
      : (scene.elements.get(id)?.errors ?? 0) > 0
        ? colors.danger
        : markColor(scene.elements.get(id)?.difference?.classes[0], colors);
    context.fillRect(box.x, box.y, Math.max(box.width, least), Math.max(box.height, least));
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const frame = {
    x: seen.x * scale.zoom + scale.x,
    y: seen.y * scale.zoom + scale.y,
    right: (seen.x + seen.width) * scale.zoom + scale.x,
    bottom: (seen.y + seen.height) * scale.zoom + scale.y,
  };
  const left = Math.max(2, Math.min(frame.x, size.width - 8));
  const top = Math.max(2, Math.min(frame.y, size.height - 8));
  const right = Math.min(size.width - 2, Math.max(frame.right, 8));
  const bottom = Math.min(size.height - 2, Math.max(frame.bottom, 8));
  context.strokeStyle = colors.accent;
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(left, top, Math.max(6, right - left), Math.max(6, bottom - top), 4);
  context.stroke();
}

function markColor(kind: DifferenceClass | undefined, colors: Colors): string {
  return kind === undefined ? colors.block : colors[kind];
}

/** How the page lies on the map. */
export function mapScale(scene: Scene, size: Size): Viewport | null {
  const bounds = scene.bounds();
  if (!bounds) return null;
  const margin = 10;
  const zoom = Math.min(
    0.12,
    (size.width - 2 * margin) / bounds.width,
    (size.height - 2 * margin) / bounds.height,
  );
  return {
    x: (size.width - bounds.width * zoom) / 2 - bounds.x * zoom,
    y: (size.height - bounds.height * zoom) / 2 - bounds.y * zoom,
    zoom,
  };
}
