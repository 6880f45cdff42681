import type { DraftContent } from '$lib/document/content';
import { drawGraphviz } from './graphviz';
import { toFile } from './link';
import { readPalette } from './palette';
import { drawPicture } from './picture';
import { picturePlan } from './picture-plan';

/** The ways out of the page. */
export const exportForms = [
  { form: 'plan', title: 'Plan text', extension: 'plan', type: 'text/plain' },
  { form: 'draft', title: 'Draft with layout', extension: 'byteor', type: 'application/json' },
  { form: 'svg', title: 'Picture (SVG)', extension: 'svg', type: 'image/svg+xml' },
  { form: 'png', title: 'Picture (PNG)', extension: 'png', type: 'image/png' },
  { form: 'graphviz', title: 'Graphviz', extension: 'gv', type: 'text/vnd.graphviz' },
] as const;

export type ExportForm = (typeof exportForms)[number]['form'];

/** The largest side of a PNG: browsers refuse larger canvases. */
const MOST_PIXELS = 8_192;

/** Writes a draft in one of the forms; a picture has the colours of `theme`. */
export async function exportDraft(
  form: ExportForm,
  draft: { name: string; content: DraftContent },
  theme: 'light' | 'dark',
): Promise<Blob> {
  const type = exportForms.find((one) => one.form === form)?.type ?? '';
  if (form === 'plan') return new Blob([draft.content.text], { type });
  if (form === 'draft') return new Blob([toFile(draft)], { type });
  const plan = await picturePlan(draft.name, draft.content);
  if (form === 'graphviz') return new Blob([drawGraphviz(plan)], { type });
  const picture = drawPicture(plan, readPalette(theme));
  return form === 'svg' ? new Blob([picture.svg], { type }) : rasterized(picture);
}

/** A file name that every system takes. */
export function fileName(name: string, form: ExportForm): string {
  const extension = exportForms.find((one) => one.form === form)?.extension ?? 'txt';
  const plain = name
    .replace(/[^\p{L}\p{N}._ -]/gu, '_')
    .replace(/^\.+/u, '')
    .trim();
  return `${plain || 'draft'}.${extension}`;
}

/** Has the browser save it. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of it once the click's task is over.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

async function rasterized(picture: { svg: string; width: number; height: number }): Promise<Blob> {
  const scale = Math.min(2, MOST_PIXELS / Math.max(picture.width, picture.height));
  const image = new Image();
  // The policy lets images come from here or from a data URL, not from a blob.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture.svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('This browser could not make a picture of that size.');
  return blob;
}
