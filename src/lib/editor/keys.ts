import { keysOf } from '$lib/ui/keys';

/** The parts of a keyboard event that decide which action it means. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/**
 * Whether a key press is the chord `keys`, written as `Mod+Shift+Z`, `F2` or `?`.
 *
 * `Mod` is Control, or Command on a Mac. A single sign such as `?` is compared by what it types, so
 * the Shift that a layout needs for it doesn't count.
 */
export function matchesKeys(press: KeyPress, keys: string, apple: boolean): boolean {
  const parts = keysOf(keys);
  const key = parts.pop() ?? '';
  const mod = parts.includes('Mod');
  const wanted = {
    ctrl: (mod && !apple) || parts.includes('Ctrl'),
    meta: mod && apple,
    shift: parts.includes('Shift'),
    alt: parts.includes('Alt'),
  };
  if (press.ctrlKey !== wanted.ctrl || press.metaKey !== wanted.meta || press.altKey !== wanted.alt)
    return false;
  const typed = key.length === 1 && !/[a-z0-9]/iu.test(key);
  if (!typed && press.shiftKey !== wanted.shift) return false;
  return press.key.toLowerCase() === key.toLowerCase();
}

export function isApple(): boolean {
  return typeof navigator !== 'undefined' && /Mac|iPhone|iPad/u.test(navigator.userAgent);
}

/** Whether typing at this element writes text, so that keys without a modifier are its own. */
export function isTextEntry(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('.monaco-editor')) return true;
  return target.matches(
    'textarea, select, input:not([type=checkbox], [type=radio], [type=button])',
  );
}
