import { describe, expect, it } from 'vitest';
import { platformKeys, keysOf } from '$lib/ui/keys';
import { actionForKeys, actions } from './actions';

/** The press that a chord asks for, on a keyboard where signs need no Shift. */
function press(chord: string, apple: boolean) {
  const keys = keysOf(chord);
  return {
    key: keys.at(-1) ?? '',
    ctrlKey: keys.includes('Ctrl') || (!apple && keys.includes('Mod')),
    metaKey: apple && keys.includes('Mod'),
    shiftKey: keys.includes('Shift'),
    altKey: keys.includes('Alt'),
  };
}

/** These come as events of the clipboard, with what is in it. */
const byEvent = ['copy', 'cut', 'paste'];

describe('the keys of the editor', () => {
  const chords = actions
    .filter(({ id }) => !byEvent.includes(id))
    .flatMap(({ id, keys }) => keys.map((chord) => [chord, id] as const));

  it.each(chords)('%s does %s, and nothing else does', (chord, id) => {
    for (const apple of [false, true])
      expect(actionForKeys(press(chord, apple), apple, false)?.id).toBe(id);
  });

  it('a sign counts with the Shift that a layout needs for it', () => {
    expect(actionForKeys({ ...press('+', false), shiftKey: true }, false, false)?.id).toBe(
      'zoom-in',
    );
  });

  it('are written as the platform does', () => {
    expect(platformKeys('Mod+Shift+Z', false)).toBe('Ctrl+Shift+Z');
    expect(platformKeys('Mod+Shift+Z', true)).toBe('⌘⇧Z');
    expect(platformKeys('+', false)).toBe('+');
    expect(platformKeys('+', true)).toBe('+');
  });
});
