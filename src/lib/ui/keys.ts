/** Writes a chord such as `Mod+Shift+Z` the way the viewer's platform does. */
export function platformKeys(
  keys: string,
  apple: boolean = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent),
): string {
  if (!apple) return keys.replaceAll('Mod', 'Ctrl');
  return keys
    .replaceAll('Mod', '⌘')
    .replaceAll('Shift', '⇧')
    .replaceAll('Alt', '⌥')
    .replaceAll('+', '');
}
