import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const pairs = new Map<string, { light: string; dark: string }>();
for (const match of css.matchAll(
  /--([a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g,
)) {
  const [, name = '', light = '', dark = ''] = match;
  pairs.set(name, { light, dark });
}

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = parts.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast as WCAG 2 defines it, from 1 to 21. */
function contrast(a: string, b: string): number {
  const [hi = 0, lo = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi + 0.05) / (lo + 0.05);
}

const surfaces = [
  'bg',
  'surface',
  'surface-raised',
  'surface-sunken',
  'surface-hover',
  'surface-selected',
];
const onSurfaces = ['text', 'text-muted', 'text-faint', 'accent', 'danger', 'ok', 'warn', 'info'];
/** What is drawn on the canvas, and what stands on it. */
const drawnOn = ['canvas', 'node', 'group'];
const classes = ['filters', 'rewrites', 'stateful', 'effect'];
/** The text lane stands on a surface, its current line on the hover of one, a review's on what changed. */
const lane = [
  'surface',
  'surface-sunken',
  'surface-hover',
  'surface-selected',
  'added-soft',
  'removed-soft',
];
const tones = [
  'ok',
  'warn',
  'danger',
  'info',
  'neutral',
  'added',
  'removed',
  'changed',
  'renamed',
  'rewired',
];

const text: [string, string][] = [
  ...onSurfaces.flatMap((name): [string, string][] => surfaces.map((surface) => [name, surface])),
  ...tones.map((tone): [string, string] => [tone, `${tone}-soft`]),
  ...tones.map((tone): [string, string] => ['text', `${tone}-soft`]),
  ...['ok', 'warn', 'danger', 'info'].map((tone): [string, string] => [
    'text-muted',
    `${tone}-soft`,
  ]),
  ...drawnOn.flatMap((back): [string, string][] =>
    ['text', 'text-muted', 'text-faint', 'accent', 'danger', 'warn', 'added', 'removed'].map(
      (name) => [name, back],
    ),
  ),
  ...classes.map((name): [string, string] => [name, `${name}-soft`]),
  ...classes.map((name): [string, string] => [name, 'node']),
  ...['word', 'id', 'key', 'text', 'comment', 'intent'].flatMap((name): [string, string][] =>
    lane.map((back) => [`syn-${name}`, back]),
  ),
  ['text', 'note'],
  ['text-muted', 'note'],
  ['text-faint', 'neutral-soft'],
  ['accent', 'accent-soft'],
  ['text', 'accent-soft'],
  ['on-accent', 'accent-fill'],
  ['on-accent', 'accent-fill-hover'],
  ['on-danger', 'danger-fill'],
  ['on-danger', 'danger-fill-hover'],
  ['bg', 'text'],
];
const shapes: [string, string][] = [
  ...['bg', 'surface', 'surface-raised', 'canvas', 'node', 'group'].flatMap(
    (surface): [string, string][] => [
      ['border-control', surface],
      ['focus', surface],
    ],
  ),
  ...['canvas', 'group'].flatMap((back): [string, string][] =>
    ['wire', 'accent', 'danger', 'warn', 'added', 'removed', 'changed', 'renamed', 'rewired'].map(
      (name) => [name, back],
    ),
  ),
];

function colour(name: string, theme: 'light' | 'dark'): string {
  const pair = pairs.get(name);
  if (pair === undefined) throw new Error(`there is no colour token --${name}`);
  return pair[theme];
}

describe.each(['light', 'dark'] as const)('the %s colours', (theme) => {
  it.each(text)('--%s can be read on --%s', (front, back) => {
    expect(contrast(colour(front, theme), colour(back, theme))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(shapes)('--%s can be seen on --%s', (front, back) => {
    expect(contrast(colour(front, theme), colour(back, theme))).toBeGreaterThanOrEqual(3);
  });
});
