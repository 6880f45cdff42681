/** The keys of a chord such as `Mod+Shift+Z`, the last one being that which is typed: `+` too. */
export function keysOf(chord: string): string[] {
  return chord.split(/\+(?!$)/u);
}

/** A chord as `aria-keyshortcuts` has it: `Mod` is the platform's own. */
export function ariaKeys(chord: string, apple: boolean = onApple()): string {
  const names: Record<string, string> = { Mod: apple ? 'Meta' : 'Control' };
  return keysOf(chord)
    .map((key) => names[key] ?? (key === '+' ? 'Plus' : key))
    .join('+');
}

function onApple(): boolean {
  return typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
}

/** Writes a chord the way the viewer's platform does. */
export function platformKeys(chord: string, apple: boolean = onApple()): string {
  const names: Record<string, string> = apple
    ? { Mod: '⌘', Shift: '⇧', Alt: '⌥' }
    : { Mod: 'Ctrl' };
  return keysOf(chord)
    .map((key) => names[key] ?? key)
    .join(apple ? '' : '+');
}
