import { describe, expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { coloured, tokensByLine } from './coloured';

const TEXT = 'pipeline p\n\ningress in\nstage a "keep:x y" # why\negress out\nin -> a -> out\n';
const whole = (text: string) => [{ text, differs: false }];

describe('the words of a plan', () => {
  it('are those of the compiler, at their lines', async () => {
    const lines = tokensByLine(await compilerInProcess.call('semanticTokens', { text: TEXT }));
    const texts = TEXT.split('\n');
    const words = (line: number) =>
      (lines.get(line) ?? []).map(({ start, end, type }) => [
        type,
        texts[line - 1]?.slice(start, end),
      ]);
    expect(words(1)).toEqual([
      ['keyword', 'pipeline'],
      ['name', 'p'],
    ]);
    expect(words(2)).toEqual([]);
    expect(words(4)).toContainEqual(['keyword', 'stage']);
    expect(words(4)).toContainEqual(['stage', 'a']);
    expect(words(4)).toContainEqual(['comment', '# why']);
    expect(words(6)).toContainEqual(['operator', '->']);
  });

  it('cut a line without losing a letter, across what differs', () => {
    const parts = [
      { text: 'stage a ke', differs: false },
      { text: 'ep:x', differs: true },
      { text: ' end', differs: false },
    ];
    const stretches = coloured(parts, [
      { start: 0, end: 5, type: 'keyword' },
      { start: 8, end: 14, type: 'family' },
    ]);
    expect(stretches).toEqual([
      { text: 'stage', differs: false, type: 'keyword' },
      { text: ' a ', differs: false, type: '' },
      { text: 'ke', differs: false, type: 'family' },
      { text: 'ep:x', differs: true, type: 'family' },
      { text: ' end', differs: false, type: '' },
    ]);
    expect(stretches.map(({ text }) => text).join('')).toBe('stage a keep:x end');
  });

  it('leave a line without any whole', () => {
    expect(coloured(whole('a b'), [])).toEqual([{ text: 'a b', differs: false, type: '' }]);
    expect(coloured(whole(''), [])).toEqual([]);
  });
});
