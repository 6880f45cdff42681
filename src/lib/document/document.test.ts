import { describe, expect, test } from 'vitest';
import {
  emptyContent,
  emptyLayout,
  fingerprint,
  normalizeText,
  readLayout,
  storedLayout,
} from './content';
import { besideChange, savedContent } from './change';
import { PlanDocument, type DocumentEvent } from './document';
import { applyEdits } from './edits';

function open(text = 'stage a identity\n') {
  const clock = { now: 0 };
  const document = new PlanDocument({ ...emptyContent, text }, () => clock.now);
  const events: DocumentEvent[] = [];
  document.listen((event) => events.push(event));
  return { document, events, clock };
}

const insert = (at: number, text: string) => ({ edits: [{ start: at, end: at, text }] });

describe('the plan document', () => {
  test('undo takes text and positions of one command back together', () => {
    const { document } = open();
    const before = document.content;
    document.run({
      label: 'Add stage',
      change: { ...insert(17, 'stage b identity\n'), nodes: { b: { x: 10, y: 20 } } },
    });
    expect(document.content.layout.nodes['b']).toEqual({ x: 10, y: 20 });
    expect(document.undo()).toBe('Add stage');
    expect(document.content).toEqual(before);
    expect(document.redo()).toBe('Add stage');
    expect(document.content.text).toBe('stage a identity\nstage b identity\n');
    expect(document.content.layout.nodes['b']).toEqual({ x: 10, y: 20 });
  });

  test('typing without a pause is one step, a pause starts the next', () => {
    const { document, clock } = open('');
    for (const letter of 'abc') {
      clock.now += 100;
      const at = document.content.text.length;
      document.run({ label: 'Typing', group: 'typing', change: insert(at, letter) });
    }
    clock.now += 5_000;
    document.run({ label: 'Typing', group: 'typing', change: insert(3, 'd') });
    document.undo();
    expect(document.content.text).toBe('abc');
    document.undo();
    expect(document.content.text).toBe('');
    document.redo();
    expect(document.content.text).toBe('abc');
  });

  test('a command from another view splits the typing', () => {
    const { document } = open('');
    document.run({ label: 'Typing', group: 'typing', change: insert(0, 'a') });
    document.run({ label: 'Move', change: { nodes: { a: { x: 1, y: 1 } } } });
    document.run({ label: 'Typing', group: 'typing', change: insert(1, 'b') });
    document.undo();
    expect(document.content.text).toBe('a');
    expect(document.undo()).toBe('Move');
  });

  test('a new command forgets what was undone', () => {
    const { document } = open('');
    document.run({ label: 'One', change: insert(0, '1') });
    document.undo();
    document.run({ label: 'Two', change: insert(0, '2') });
    expect(document.redoLabel).toBeNull();
    expect(document.redo()).toBeNull();
  });

  test('a command that changes nothing leaves no step', () => {
    const { document, events } = open();
    const edits = [{ start: 0, end: 5, text: 'stage' }];
    expect(document.run({ label: 'Nothing', change: { edits } })).toBe(false);
    expect(document.undoLabel).toBeNull();
    expect(events).toHaveLength(0);
  });

  test('an automatic placement is no step, and undo passes over it', () => {
    const { document } = open();
    document.run({ label: 'Add stage', change: insert(0, 'stage b identity\n') });
    document.arrange({ b: { x: 5, y: 5 } });
    expect(document.undo()).toBe('Add stage');
    expect(document.undo()).toBeNull();
  });

  test('notes, groups and the direction are undone and done again', () => {
    const { document } = open();
    const before = document.content;
    const note = { text: 'Why', x: 0, y: 0, width: 200, height: 80, about: 'a' };
    const group = { title: 'People', members: ['a'] };
    document.run({
      label: 'Annotate',
      change: { notes: { n: note }, groups: { g: group }, direction: 'right' },
    });
    const after = document.content;
    expect(after.layout).toMatchObject({ notes: { n: note }, groups: { g: group } });
    expect(document.run({ label: 'Again', change: { notes: { n: { ...note } } } })).toBe(false);
    document.undo();
    expect(document.content).toEqual(before);
    document.redo();
    expect(document.content).toEqual(after);
    document.run({ label: 'Back', change: besideChange(after, before) });
    expect(document.content).toEqual(before);
  });

  test('cases and samples are undone and done again', () => {
    const { document } = open();
    const before = document.content;
    const one = { name: 'One', input: { in: ['x'] }, expected: { out: [] } };
    const feed = { name: 'Feed', records: ['x'] };
    document.run({ label: 'Share', change: { cases: { one }, samples: { feed } } });
    const after = document.content;
    expect(after).toMatchObject({ cases: { one }, samples: { feed } });
    expect(document.run({ label: 'Again', change: { cases: { one: { ...one } } } })).toBe(false);
    document.undo();
    expect(document.content).toEqual(before);
    document.redo();
    expect(document.content).toEqual(after);
    document.run({ label: 'Remove', change: { cases: { one: null } } });
    expect(document.content.cases).toEqual({});
    document.run({ label: 'Back', change: besideChange(document.content, before) });
    expect(document.content).toEqual(before);
  });

  test('the target is undone like everything else and never changes the text', () => {
    const { document } = open();
    const { text } = document.content;
    document.run({ label: 'Target', change: { target: 'lane_graph' } });
    expect(document.content.text).toBe(text);
    document.undo();
    expect(document.content.target).toBe('single_ring');
  });

  test('listeners get the steps that lead from the old text to the new one', () => {
    const { document, events } = open('');
    document.run({ label: 'Typing', group: 'typing', change: insert(0, 'a') });
    document.run({ label: 'Typing', group: 'typing', change: insert(1, 'b') });
    document.undo();
    const last = events.at(-1);
    expect(last?.kind).toBe('undo');
    expect(last?.textSteps.reduce(applyEdits, last.previous.text)).toBe('');
    expect(events.map((event) => event.version)).toEqual([1, 2, 3]);
  });
});

describe('a draft’s content', () => {
  test('its fingerprint speaks of text, target and positions, not of key order', async () => {
    const base = { ...emptyContent, text: 'x' };
    const one = {
      ...base,
      layout: { ...emptyLayout, nodes: { a: { x: 1, y: 2 }, b: { x: 3, y: 4 } } },
    };
    const two = {
      ...base,
      layout: { ...emptyLayout, nodes: { b: { x: 3, y: 4 }, a: { x: 1, y: 2 } } },
    };
    expect(await fingerprint(one)).toBe(await fingerprint(two));
    expect(await fingerprint({ ...one, text: 'y' })).not.toBe(await fingerprint(one));
    expect(await fingerprint({ ...one, target: 'lane_graph' })).not.toBe(await fingerprint(one));
    const cases = { a: { name: 'A', input: { in: ['x'] }, expected: { out: [] } } };
    expect(await fingerprint({ ...one, cases })).not.toBe(await fingerprint(one));
  });

  test('a stored layout that is damaged keeps what is sound of it', () => {
    const note = { text: 'Why', x: 0, y: 0, width: 200, height: 80, about: null };
    const stored = {
      v: 2,
      direction: 'right',
      nodes: { a: { x: 1, y: 2, pinned: true }, b: { x: 'left', y: 1 }, c: null },
      notes: { n: note, flat: { ...note, height: 0 }, m: 'text' },
      groups: { g: { title: 'People', members: ['a', 7], folded: true }, h: { title: 'None' } },
    };
    expect(readLayout(stored)).toEqual({
      v: 2,
      direction: 'right',
      nodes: { a: { x: 1, y: 2, pinned: true } },
      notes: { n: note },
      groups: { g: { title: 'People', members: ['a'], folded: true } },
    });
    expect(readLayout(null)).toEqual(emptyLayout);
    const layout = readLayout(stored);
    expect(readLayout(JSON.parse(JSON.stringify(storedLayout(layout))))).toEqual(layout);
  });

  test('positions of the first form still run to the right, with room for wider nodes', () => {
    expect(readLayout({ v: 1, nodes: { a: { x: 100, y: 2 } } })).toEqual({
      ...emptyLayout,
      direction: 'right',
      nodes: { a: { x: 130, y: 2 } },
    });
    expect(readLayout({ v: 1, nodes: {} })).toEqual(emptyLayout);
  });

  test('an imported text gets LF line ends and loses its byte order mark', () => {
    expect(normalizeText('\uFEFFa\r\nb\rc')).toEqual({ text: 'a\nb\nc', changed: true });
    expect(normalizeText('a\n')).toEqual({ text: 'a\n', changed: false });
  });
});

describe('a history that is kept', () => {
  const type = (document: PlanDocument, text: string) => {
    const end = document.content.text.length;
    document.run({ label: `Write ${text}`, change: { edits: [{ start: end, end, text }] } });
  };
  const opened = (text = '') => new PlanDocument({ ...emptyContent, text }, () => 0);

  test('goes on in a document that is opened with the same content', () => {
    const first = opened();
    type(first, 'a');
    type(first, 'b');
    first.undo();
    const kept = structuredClone(first.kept);
    const again = new PlanDocument(
      first.content,
      () => 0,
      () => [],
      kept,
    );
    expect([again.undoLabel, again.redoLabel]).toEqual(['Write a', 'Write b']);
    again.redo();
    expect(again.content.text).toBe('ab');
    again.undo();
    again.undo();
    expect(again.content.text).toBe('');
    expect(again.undo()).toBeNull();
  });

  test('is browsed by name, and travelled back and forth', () => {
    const document = opened();
    for (const letter of 'abcd') type(document, letter);
    document.travel(1);
    expect(document.content.text).toBe('a');
    expect(document.history.map(({ label, done }) => [label, done])).toEqual([
      ['Write a', true],
      ['Write b', false],
      ['Write c', false],
      ['Write d', false],
    ]);
    document.travel(3);
    expect(document.content.text).toBe('abc');
  });

  test('keeps the newest steps, and not more than is worth keeping', () => {
    const document = opened();
    for (let step = 0; step < 300; step += 1) type(document, 'x');
    expect(document.kept.done).toHaveLength(200);
    const large = opened();
    type(large, 'x'.repeat(300_000));
    type(large, 'y'.repeat(300_000));
    expect(large.kept.done.map(({ label }) => label.slice(0, 7))).toEqual(['Write y']);
  });
});

test('a save has of cases and samples what the base hasn’t', () => {
  const one = { name: 'One', input: { in: ['x'] }, expected: {} };
  const base = { ...emptyContent, cases: { one, two: one }, samples: {} };
  const now = { ...base, text: 'pipeline p\n', cases: { one, three: one } };
  expect(savedContent(now, base)).toMatchObject({
    text: 'pipeline p\n',
    cases: { two: null, three: one },
    samples: {},
  });
  expect(savedContent(now, null).cases).toEqual({ one, three: one });
  expect(savedContent(base, base).cases).toEqual({});
});
