import { describe, expect, it } from 'vitest';
import { countChanges, cutBlocks, diffLines, foldSame, type DiffLine } from './line-diff';

function side(lines: DiffLine[], of: 'before' | 'after'): string[] {
  return lines.filter((line) => line[of] !== undefined).map((line) => line.text);
}

function marks(before: string, after: string): string[] {
  const mark = { same: ' ', added: '+', removed: '-' };
  return diffLines(before, after).lines.map((line) => `${mark[line.kind]}${line.text}`);
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
    expect(diffLines('a\nb\n', 'b\n')).toEqual({
      matched: true,
      lines: [
        { kind: 'removed', text: 'a', before: 1, after: undefined },
        { kind: 'same', text: 'b', before: 2, after: 1 },
      ],
    });
  });

  it('always contains both texts in order', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    for (let round = 0; round < 300; round++) {
      const make = () => Array.from({ length: random(12) }, () => 'abc'[random(3)] ?? 'a');
      const before = make();
      const after = make();
      const { lines } = diffLines(before.join('\n'), after.join('\n'));
      expect(side(lines, 'before')).toEqual(before);
      expect(side(lines, 'after')).toEqual(after);
    }
  });

  it('counts what it adds and removes', () => {
    expect(countChanges(diffLines('a\nb\n', 'a\nc\nd\n').lines)).toEqual({ added: 2, removed: 1 });
  });
});

describe('a difference of texts that have little in common', () => {
  const text = (word: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${word} ${i}`).join('\n');

  it('is given up on before it costs time or memory, says so, and loses no line', () => {
    const before = `head\n${text('old', 6_000)}\ntail`;
    const after = `head\n${text('new', 6_000)}\ntail`;
    const memory = () => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const from = { at: performance.now(), memory: memory() };
    const { lines, matched } = diffLines(before, after);
    expect(performance.now() - from.at).toBeLessThan(1_000);
    expect(memory() - from.memory).toBeLessThan(100 * 1024 * 1024);
    expect(matched).toBe(false);
    expect(side(lines, 'before').join('\n')).toBe(before);
    expect(side(lines, 'after').join('\n')).toBe(after);
    expect(lines[0]?.kind).toBe('same');
    expect(lines.at(-1)?.kind).toBe('same');
  });

  it('is shown in parts, and says how much is left out', () => {
    const { lines } = diffLines(text('old', 900), text('new', 900));
    const { shown, left } = cutBlocks(foldSame(lines), 1_000);
    const count = shown.reduce((sum, { lines }) => sum + lines.length, 0);
    expect([count, left]).toEqual([1_000, 800]);
  });
});

describe('folding', () => {
  const { lines } = diffLines(
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
    const nearlySame = diffLines('a\nb\nc\nd\ne\nf', 'a\nb\nc\nd\ne\nX').lines;
    expect(foldSame(nearlySame, 3).length).toBe(2);
    expect(foldSame(nearlySame, 3)[0]?.kind).toBe('lines');
  });
});
