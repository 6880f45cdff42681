import { describe, expect, test } from 'vitest';
import type { StageFamily, StageParameter } from '$lib/compiler';
import { familiesByGroup, familyMatches, parameterLabel } from './key-form';
import { matchesKeys, type KeyPress } from './keys';

const family = (name: string, group: string, summary: string): StageFamily =>
  ({ name, title: name, group, summary, class: 'filters' }) as unknown as StageFamily;

describe('families in the dialog', () => {
  const keep = family('keep', 'Any record', 'Keeps the records that match.');
  const drop = family('drop', 'Any record', 'Drops the records that match.');
  const mask = family('json_mask', 'JSON objects', 'Replaces values by a text.');

  test('stand under the headings of the catalogue, in its order', () => {
    expect(familiesByGroup([keep, drop, mask])).toEqual([
      { group: 'Any record', families: [keep, drop] },
      { group: 'JSON objects', families: [mask] },
    ]);
  });

  test('are found by any words that are said of them', () => {
    const found = (search: string) =>
      [keep, drop, mask].filter((one) => familyMatches(one, search)).map(({ name }) => name);
    expect(found('')).toEqual(['keep', 'drop', 'json_mask']);
    expect(found('records  MATCH')).toEqual(['keep', 'drop']);
    expect(found('json values')).toEqual(['json_mask']);
    expect(found('nothing')).toEqual([]);
  });

  test('parameters are labelled in words', () => {
    expect(parameterLabel({ name: 'FIELD_NAME' } as StageParameter)).toBe('Field name');
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
