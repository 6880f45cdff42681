import { expect, test } from 'vitest';
import '$lib/ui/tokens.css';
import { emptyContent, type DraftContent } from '$lib/document/content';
import { exportDraft } from './export';

/** A chain of so many stages, one below the other. */
function chain(stages: number): DraftContent {
  const ids = Array.from({ length: stages }, (_, at) => `s${at}`);
  const text = [
    'pipeline chain',
    'ingress in',
    ...ids.map((id) => `stage ${id} keep:a`),
    'egress out',
    ['in', ...ids, 'out'].join(' -> '),
    '',
  ].join('\n');
  const place = (id: string, at: number) => [id, { x: 0, y: at * 100 }] as const;
  const nodes = Object.fromEntries(['in', ...ids, 'out'].map(place));
  return {
    ...emptyContent,
    text,
    target: 'lane_graph',
    layout: { ...emptyContent.layout, nodes },
  };
}

const exported = (form: 'png' | 'svg', content: DraftContent, theme: 'light' | 'dark' = 'light') =>
  exportDraft(form, { name: 'Chain', content }, theme);

/** The size that an SVG says it has. */
async function sizeOf(svg: Blob) {
  const root = new DOMParser().parseFromString(await svg.text(), 'image/svg+xml').documentElement;
  return { width: Number(root.getAttribute('width')), height: Number(root.getAttribute('height')) };
}

async function pixelsOf(png: Blob) {
  const image = await createImageBitmap(png);
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d')!;
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const colors = new Map<string, number>();
  for (let at = 0; at < data.length; at += 4) {
    const color = `${data[at]},${data[at + 1]},${data[at + 2]},${data[at + 3]}`;
    colors.set(color, (colors.get(color) ?? 0) + 1);
  }
  return { width: image.width, height: image.height, colors };
}

test('a PNG is the picture at twice its size, drawn and not blank', async () => {
  const content = chain(3);
  const png = await exported('png', content);
  expect(png.type).toBe('image/png');
  const { width, height } = await sizeOf(await exported('svg', content));
  const pixels = await pixelsOf(png);
  expect([pixels.width, pixels.height]).toEqual([Math.round(width * 2), Math.round(height * 2)]);
  // Surface, canvas, borders, letters: a canvas that nothing was drawn on has one color.
  expect(pixels.colors.size).toBeGreaterThan(20);
  const largest = Math.max(...pixels.colors.values());
  expect(largest / (pixels.width * pixels.height)).toBeLessThan(0.95);
});

test('it has the colors of the theme that is asked for', async () => {
  const brightness = async (theme: 'light' | 'dark') => {
    const { colors } = await pixelsOf(await exported('png', chain(1), theme));
    const [most = ''] = [...colors].sort((a, b) => b[1] - a[1])[0] ?? [];
    const [red = 0, green = 0, blue = 0, alpha] = most.split(',').map(Number);
    expect(alpha).toBe(255);
    return (red + green + blue) / 3;
  };
  expect(await brightness('light')).toBeGreaterThan(200);
  expect(await brightness('dark')).toBeLessThan(80);
});

test('a long plan gets a picture that browsers still take, not an error', async () => {
  const pixels = await pixelsOf(await exported('png', chain(120)));
  expect(pixels.height).toBe(8_192);
  expect(pixels.width).toBeGreaterThan(100);
});
