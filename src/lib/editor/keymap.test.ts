import { describe, expect, test } from 'vitest';
import { actionById, actionForKeys, actions } from './actions';
import { chordOf, keymap, sameChord } from './keymap.svelte';

const press = (key: string, modifiers: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...modifiers,
});

describe('keys that somebody chose', () => {
  test('do what they were bound to, and the old ones do nothing, until they are reset', () => {
    keymap.bind('add-stage', ['Q']);
    expect(actionById('add-stage').keys).toEqual(['Q']);
    expect(actionForKeys(press('q'), false, false)?.id).toBe('add-stage');
    expect(actionForKeys(press('a'), false, false)).toBeUndefined();
    keymap.reset('add-stage');
    expect(actionForKeys(press('a'), false, false)?.id).toBe('add-stage');
    expect(keymap.isChosen('add-stage')).toBe(false);
  });

  test('a pressed chord is the one that the registry writes, for every key of every action', () => {
    for (const { id, keys } of actions)
      for (const chord of keys) {
        const parts = chord.split(/\+(?!$)/u);
        const key = parts.pop() ?? '';
        const modifiers = {
          ctrlKey: parts.includes('Mod'),
          shiftKey: parts.includes('Shift') || (key === '?' && true),
          altKey: parts.includes('Alt'),
        };
        const written = chordOf(
          press(key.length === 1 ? key.toLowerCase() : key, modifiers),
          false,
        );
        expect(written !== null && sameChord(written, chord), `${chord} of ${id}`).toBe(true);
      }
  });

  test('modifiers alone are no chord, and their order doesn’t matter', () => {
    expect(chordOf(press('Shift', { shiftKey: true }), false)).toBeNull();
    expect(sameChord('Shift+Mod+Z', 'Mod+Shift+z')).toBe(true);
    expect(sameChord('Mod+Z', 'Mod+Shift+Z')).toBe(false);
    expect(chordOf(press('z', { metaKey: true }), true)).toBe('Mod+Z');
  });
});
