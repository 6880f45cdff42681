/** The colours that are painted rather than styled, by the token that they have. */
const TOKENS = {
  node: '--node',
  nodeBorder: '--node-border',
  boundary: '--border-control',
  wire: '--wire',
  accent: '--accent',
  accentSoft: '--accent-soft',
  danger: '--danger',
  dangerSoft: '--danger-soft',
  warn: '--warn',
  group: '--group',
  groupBorder: '--border-strong',
  note: '--note',
  noteBorder: '--note-border',
  block: '--border-strong',
  added: '--added',
  addedSoft: '--added-soft',
  removed: '--removed',
  removedSoft: '--removed-soft',
  changed: '--changed',
  changedSoft: '--changed-soft',
  renamed: '--renamed',
  renamedSoft: '--renamed-soft',
  rewired: '--rewired',
  rewiredSoft: '--rewired-soft',
} as const;

export type Colors = Record<keyof typeof TOKENS, string>;

/**
 * The tokens as the browser works them out where `element` stands: they are `light-dark()` pairs,
 * which only a property that takes a colour resolves.
 */
export function colorsOf(element: HTMLElement): Colors {
  const probe = document.createElement('i');
  element.append(probe);
  const colors = Object.fromEntries(
    Object.entries(TOKENS).map(([name, token]) => {
      probe.style.color = `var(${token})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return colors as Colors;
}

/** Calls `changed` when the page turns light or dark; returns the way to stop. */
export function watchColors(changed: () => void): () => void {
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  scheme.addEventListener('change', changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    scheme.removeEventListener('change', changed);
    observer.disconnect();
  };
}
