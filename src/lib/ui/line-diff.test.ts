import { describe, expect, it } from 'vitest';
import { countChanges, diffLines, foldSame, type DiffLine } from './line-diff';

function side(lines: DiffLine[], of: 'before' | 'after'): string[] {
  return lines.filter((line) => line[of] !== undefined).map((line) => line.text);
}

function marks(before: string, after: string): string[] {
  const mark = { same: ' ', added: '+', removed: '-' };
  return diffLines(before, after).map((line) => `${mark[line.kind]}${line.text}`);
}

describe('a difference by lines', () => {
  it('is all equal for equal texts', () => {
    expect(marks('a\nb\n', 'a\nb\n')).toEqual([' a', ' b']);
  });

  it('shows a changed line as removed and added', () => {
    expect(marks('a\nb\nc\n', 'a\nx\nc\n')).toEqual([' a', '-b', '+x', ' c']);
  });

  it('shows everything added against an empty text', () => {
    expect(marks('', 'a\nb')).toEqual(['+a', '+b']);
    expect(marks('a\nb', '')).toEqual(['-a', '-b']);
  });

  it('numbers the lines of both sides', () => {
    expect(diffLines('a\nb\n', 'b\n')).toEqual([
      { kind: 'removed', text: 'a', before: 1, after: undefined },
      { kind: 'same', text: 'b', before: 2, after: 1 },
    ]);
  });

  it('always contains both texts in order', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    for (let round = 0; round < 300; round++) {
      const make = () => Array.from({ length: random(12) }, () => 'abc'[random(3)] ?? 'a');
      const before = make();
      const after = make();
      const lines = diffLines(before.join('\n'), after.join('\n'));
      expect(side(lines, 'before')).toEqual(before);
      expect(side(lines, 'after')).toEqual(after);
    }
  });

  it('counts what it adds and removes', () => {
    expect(countChanges(diffLines('a\nb\n', 'a\nc\nd\n'))).toEqual({ added: 2, removed: 1 });
  });
});

describe('folding', () => {
  const lines = diffLines(
    Array.from({ length: 20 }, (_, i) => `l${i}`).join('\n'),
    Array.from({ length: 20 }, (_, i) => (i === 10 ? 'changed' : `l${i}`)).join('\n'),
  );

  it('says how many lines it hides, and hides none without saying so', () => {
    const blocks = foldSame(lines, 3);
    const counted = blocks.reduce(
      (sum, block) => sum + (block.kind === 'folded' ? block.count : block.lines.length),
      0,
    );
    expect(counted).toBe(lines.length);
    expect(blocks.map((block) => block.kind)).toEqual(['folded', 'lines', 'folded']);
  });

  it('never folds one or two lines: that would hide more than it saves', () => {
    expect(foldSame(diffLines('a\nb\nc\nd\ne\nf', 'a\nb\nc\nd\ne\nX'), 3).length).toBe(2);
    expect(foldSame(diffLines('a\nb\nc\nd\ne\nf', 'a\nb\nc\nd\ne\nX'), 3)[0]?.kind).toBe('lines');
  });
});
