import { keysOf } from '$lib/ui/keys';
import type { KeyPress } from './keys';

const STORED = 'byteor.editor.keys';

/** Chords by the id of the action that they do; an empty list means that it has none. */
type Bindings = Readonly<Record<string, readonly string[]>>;

function load(): Bindings {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    return Object.fromEntries(
      Object.entries(stored).flatMap(([id, keys]) =>
        Array.isArray(keys) && keys.every((chord) => typeof chord === 'string')
          ? [[id, keys as string[]]]
          : [],
      ),
    );
  } catch {
    return {}; // Storage is blocked, or holds what nobody here wrote: the keys are the product's own.
  }
}

/** The keys that somebody chose in this browser instead of the product's own. */
class Keymap {
  #bindings = $state.raw<Bindings>(load());

  /** The chords of an action: the chosen ones, or its own. */
  keysOf(id: string, own: readonly string[]): readonly string[] {
    return this.#bindings[id] ?? own;
  }

  isChosen(id: string): boolean {
    return this.#bindings[id] !== undefined;
  }

  bind(id: string, keys: readonly string[]): void {
    this.#set({ ...this.#bindings, [id]: keys });
  }

  /** Gives an action its own keys again; without an id, all of them. */
  reset(id?: string): void {
    if (id === undefined) return this.#set({});
    const { [id]: _, ...others } = this.#bindings;
    this.#set(others);
  }

  #set(bindings: Bindings): void {
    this.#bindings = bindings;
    try {
      localStorage.setItem(STORED, JSON.stringify(bindings));
    } catch {
      // Storage is blocked: the keys hold for this page only.
    }
  }
}

export const keymap = new Keymap();

/** What was pressed as a chord; null while only modifiers are down. */
export function chordOf(press: KeyPress, apple: boolean): string | null {
  const { key } = press;
  if (['Control', 'Shift', 'Alt', 'Meta', 'Dead', 'Unidentified'].includes(key)) return null;
  const mod = apple ? press.metaKey : press.ctrlKey;
  const name = key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : key;
  // A sign is what it types: the Shift that a layout needs for it doesn't count.
  const shift = press.shiftKey && (key.length > 1 || /[a-z0-9]/iu.test(key));
  return [
    mod ? 'Mod' : '',
    apple && press.ctrlKey ? 'Ctrl' : '',
    press.altKey ? 'Alt' : '',
    shift ? 'Shift' : '',
    name,
  ]
    .filter(Boolean)
    .join('+');
}

/** Whether two chords are the same, in whatever order their modifiers are written. */
export function sameChord(a: string, b: string): boolean {
  const sorted = (chord: string) => {
    const parts = keysOf(chord.toLowerCase());
    const key = parts.pop();
    return [...parts.sort(), key].join('+');
  };
  return sorted(a) === sorted(b);
}
