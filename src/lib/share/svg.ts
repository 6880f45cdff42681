import type { Box } from '$lib/document/placement';

/** The faces that text is set in; named ones first, so that no bare desktop widens it. */
export const FONT =
  "-apple-system, 'Segoe UI', Roboto, Ubuntu, Cantarell, 'Noto Sans', 'Liberation Sans', Arial, sans-serif";
const MONO = "ui-monospace, 'Cascadia Mono', 'Noto Sans Mono', 'DejaVu Sans Mono', monospace";

/** How wide a letter of 1 px is on average, so that texts can be cut without measuring them. */
const WIDTH = { plain: 0.54, bold: 0.58, mono: 0.61 };

type Face = keyof typeof WIDTH;

/** A text in lines that have room, broken between words. */
export function wrapped(text: string, room: number, size: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let current = '';
    for (const word of paragraph.split(/\s+/u)) {
      const longer = current === '' ? word : `${current} ${word}`;
      if (current !== '' && widthOf(longer, size, 'plain') > room) {
        lines.push(current);
        current = word;
      } else current = longer;
    }
    return [...lines, current];
  });
}

/** About how wide a text is. */
export function widthOf(text: string, size: number, face: Face): number {
  return Array.from(text).length * size * WIDTH[face];
}

/** As much of a text as has room, with an ellipsis where some is left out. */
function cut(text: string, size: number, face: Face, room: number): string {
  if (widthOf(text, size, face) <= room) return text;
  const letters = Math.max(0, Math.floor(room / (size * WIDTH[face])) - 1);
  return `${Array.from(text).slice(0, letters).join('')}…`;
}

/** One line of text, cut where its room ends. */
export function label(
  text: string,
  x: number,
  y: number,
  size: number,
  colour: string,
  face: Face,
  room: number,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  const how = [
    face === 'bold' ? ' font-weight="600"' : '',
    face === 'mono' ? ` font-family="${MONO}"` : '',
    anchor === 'start' ? '' : ` text-anchor="${anchor}"`,
  ].join('');
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}" stroke="none"${how}>${escaped(cut(text, size, face, room))}</text>`;
}

/** Words and values in one line, cut where the room ends. */
export function line(
  parts: readonly { text: string; value: boolean }[],
  x: number,
  y: number,
  size: number,
  colours: { word: string; value: string },
  room: number,
): string {
  let left = room;
  const spans = parts.map(({ text, value }) => {
    const face = value ? 'bold' : 'plain';
    if (left <= 0) return '';
    const shown = cut(text, size, face, left);
    left = shown === text ? left - widthOf(text, size, face) : 0;
    return value
      ? `<tspan font-weight="600" fill="${colours.value}">${escaped(shown)}</tspan>`
      : `<tspan>${escaped(shown)}</tspan>`;
  });
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colours.word}" xml:space="preserve">${spans.join('')}</text>`;
}

/** A box with round corners; `look` is its fill and stroke. */
export function rect({ x, y, width, height }: Box, radius: number, look: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" ${look}/>`;
}

/** As XML takes it: no markup, and none of the control characters that it forbids. */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/[&<>"']/gu, (mark) => `&#${mark.codePointAt(0) ?? 0};`);
}
