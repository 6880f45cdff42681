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

/** The colours of the tokens as they are in light or dark, whichever the page shows now. */
export function readPalette(theme: 'light' | 'dark'): Palette {
  const probe = document.createElement('span');
  probe.style.colorScheme = theme;
  document.body.append(probe);
  try {
    const colours = paletteNames.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color] as const;
    });
    return Object.fromEntries(colours) as Palette;
  } finally {
    probe.remove();
  }
}

/** What the page shows now. */
export function shownTheme(): 'light' | 'dark' {
  const { theme } = document.documentElement.dataset;
  if (theme === 'light' || theme === 'dark') return theme;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
