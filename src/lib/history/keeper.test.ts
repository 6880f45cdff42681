import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { emptyContent, type DraftContent } from '$lib/document/content';
import { PlanDocument } from '$lib/document/document';
import { CheckpointKeeper } from './keeper';

const start: DraftContent = { ...emptyContent, text: 'pipeline p\n' };

function draft(text = start.text) {
  const kept: string[] = [];
  const keeper = new CheckpointKeeper((content, reason) =>
    kept.push(`${reason}: ${JSON.stringify(content.text)}`),
  );
  const document = new PlanDocument({ ...start, text }, () => Date.now());
  document.listen((event) => keeper.changed(event));
  const append = (label: string, added: string) => {
    const { length } = document.content.text;
    document.run({ label, change: { edits: [{ start: length, end: length, text: added }] } });
  };
  return { kept, keeper, document, append };
}

describe('a state of a draft is kept', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('as it was opened, and where the author rests, with what was done', () => {
    const { kept, append } = draft();
    append('Typing', 'a');
    append('Typing', 'b');
    vi.advanceTimersByTime(2_000);
    append('Add stage', 'c');
    expect(kept).toEqual(['As it was opened: "pipeline p\\n"']);
    vi.advanceTimersByTime(3_000);
    expect(kept.slice(1)).toEqual(['Typing and Add stage: "pipeline p\\nabc"']);
    vi.advanceTimersByTime(60_000);
    expect(kept).toHaveLength(2);
  });

  test('every half minute of somebody who never pauses', () => {
    const { kept, append } = draft();
    for (let second = 0; second < 65; second += 1) {
      append('Typing', 'x');
      vi.advanceTimersByTime(1_000);
    }
    expect(kept).toHaveLength(3);
  });

  test('before most of a text is replaced', () => {
    const { kept, document, append } = draft('pipeline p\n'.repeat(10));
    append('Typing', 'typed just now');
    const { text } = document.content;
    document.run({
      label: 'Replace by a file',
      change: { edits: [{ start: 0, end: text.length, text: 'pipeline other\n' }] },
    });
    expect(kept.at(-1)).toBe(`Typing: ${JSON.stringify(text)}`);
    vi.advanceTimersByTime(3_000);
    expect(kept.at(-1)).toBe('Replace by a file: "pipeline other\\n"');
  });

  test('for notes, but not for where nodes stand', () => {
    const { kept, document } = draft();
    document.run({ label: 'Move', change: { nodes: { a: { x: 1, y: 2 } } } });
    document.arrange({ b: { x: 1, y: 2 } });
    vi.advanceTimersByTime(60_000);
    expect(kept).toEqual([]);
    const note = { text: 'why', x: 0, y: 0, width: 100, height: 50, about: null };
    document.run({ label: 'Add note', change: { notes: { n: note } } });
    vi.advanceTimersByTime(3_000);
    expect(kept.at(-1)).toBe('Add note: "pipeline p\\n"');
  });

  test('when the page goes away, and not twice', () => {
    const { kept, keeper, document, append } = draft();
    append('Typing', 'a');
    document.undo();
    keeper.flush();
    keeper.flush();
    expect(kept.at(-1)).toBe('Typing and Undo of Typing: "pipeline p\\n"');
    expect(kept).toHaveLength(2);
  });

  test('of many kinds of steps, the newest is named and the others counted', () => {
    const { kept, append } = draft();
    for (const label of ['Typing', 'Rename', 'Add stage']) append(label, 'x');
    vi.advanceTimersByTime(3_000);
    expect(kept.at(-1)).toMatch(/^Add stage and 2 more: /u);
  });

  test('not of what another tab wrote', () => {
    const { kept, document } = draft();
    document.load({ ...start, text: 'pipeline other\n' });
    vi.advanceTimersByTime(60_000);
    expect(kept).toEqual([]);
  });
});
