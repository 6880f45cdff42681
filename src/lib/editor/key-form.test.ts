import { describe, expect, test } from 'vitest';
import type { StageFamily } from '$lib/compiler';
import { readKey, writeKey } from './key-form';
import { matchesKeys, type KeyPress } from './keys';

const family = (name: string, key_grammar: string, parameters: string[]): StageFamily =>
  ({
    name,
    key_grammar,
    parameters: parameters.map((parameter) => ({ name: parameter, kind: 'regex', doc: '' })),
  }) as unknown as StageFamily;

const identity = family('identity', 'identity', []);
const keep = family('keep', 'keep:REGEX', ['REGEX']);
const replace = family('replace', 'replace:REGEX=TEXT', ['REGEX', 'TEXT']);
const families = [identity, keep, replace];

describe('a stage key as a form', () => {
  test('is read by its family’s grammar and written back the same', () => {
    for (const key of ['identity', 'keep:^\\{', 'replace:[^ ]+@[^ ]+=***', 'replace:a\\=b=c=d']) {
      const form = readKey(families, key);
      expect(form).not.toBeNull();
      expect(
        writeKey(
          families.find(({ name }) => name === form!.family)!,
          form!.values,
        ),
      ).toBe(key);
    }
  });

  test('splits at the first sign that no backslash precedes', () => {
    expect(readKey(families, 'replace:a\\=b=c=d')).toEqual({
      family: 'replace',
      values: ['a\\=b', 'c=d'],
    });
  });

  test('what would split a parameter is given its backslash', () => {
    expect(writeKey(replace, ['id=1', 'x=y'])).toBe('replace:id\\=1=x=y');
  });

  test('an unknown family or an incomplete key stays as it is written', () => {
    expect(readKey(families, 'reticulate:splines')).toBeNull();
    expect(readKey(families, 'replace:no separator')).toBeNull();
    expect(readKey(families, 'identity:more')).toBeNull();
  });
});

describe('keys', () => {
  const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
    key,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    altKey: false,
    ...held,
  });

  test('the modifier is Control, and Command on a Mac', () => {
    expect(matchesKeys(press('z', { ctrlKey: true }), 'Mod+Z', false)).toBe(true);
    expect(matchesKeys(press('z', { metaKey: true }), 'Mod+Z', true)).toBe(true);
    expect(matchesKeys(press('z', { metaKey: true }), 'Mod+Z', false)).toBe(false);
  });

  test('Shift makes another chord, but not for signs that need it', () => {
    expect(matchesKeys(press('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Z', false)).toBe(false);
    expect(matchesKeys(press('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+Z', false)).toBe(
      true,
    );
    expect(matchesKeys(press('?', { shiftKey: true }), '?', false)).toBe(true);
  });
});
