import { describe, expect, it, test } from 'vitest';
import { changeClasses, type Change } from './change-classes';
import { changeKey, contentKey, readKey } from './change-key';
import { filterChanges, hiddenWords, sumWords } from './filters';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { readContent } from '$lib/document/content';
import { forOneTarget, samePlan, type PlanSide } from './compare';
import { anchorsByLine, reviewLines } from './lines';
import { openThreadsAt } from './threads-at';
import { wireId } from './union';
import { ViewedMarks } from './marks.svelte';
import { readToken, writeToken } from './tokens';

const change = (kind: Change['class'], id: string, digest = 'd'): Change => ({
  class: kind,
  subject: 'stage',
  anchor: `stage:${id}`,
  digest,
  id,
  before_id: null,
  before_line: null,
  after_line: null,
  severity: 'info',
  fields: [],
  consequences: [],
});

function numbers(seed: number) {
  let state = seed >>> 0;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('what is shown and what is hidden', () => {
  it('are all of it, under any filter, and each hidden change has one reason', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const pick = numbers(seed);
      const changes = Array.from({ length: pick(40) }, (_, at) =>
        change(changeClasses[pick(5)]!.id, `s${at}`),
      );
      const classes = new Set(changeClasses.filter(() => pick(3) === 0).map(({ id }) => id));
      const seen =
        pick(2) === 0 ? null : new Set(changes.filter(() => pick(2) === 0).map(contentKey));
      const filtered = filterChanges(changes, { classes, seen }, 'seen in v13');
      expect(filtered.shown.length + filtered.hidden).toBe(filtered.total);
      expect(filtered.total).toBe(changes.length);
      const told = filtered.reasons.reduce((sum, { count }) => sum + count, 0);
      expect(told).toBe(filtered.hidden);
      for (const shown of filtered.shown) {
        expect(classes.has(shown.class)).toBe(false);
        expect(seen?.has(contentKey(shown)) ?? false).toBe(false);
      }
    }
  });

  it('say what hides the rest', () => {
    const changes = [change('added', 'a'), change('changed', 'b'), change('changed', 'c')];
    const filtered = filterChanges(
      changes,
      { classes: new Set(['added']), seen: new Set(['stage:c d']) },
      'seen in v13',
    );
    expect(sumWords(filtered)).toBe('1 shown + 2 hidden = 3 changes');
    expect(hiddenWords(filtered)).toBe('hidden: 1 added, 1 seen in v13');
  });
});

describe('the key of a change', () => {
  it('is read back, also for a connection', () => {
    const wire = { ...change('changed', 'a->b'), anchor: 'connection:a->b' };
    expect(readKey(changeKey(wire))).toEqual({ anchor: 'connection:a->b', class: 'changed' });
    expect(readKey('stage:json')).toEqual({ anchor: 'stage:json', class: null });
  });
});

describe('ticks', () => {
  const once = change('changed', 'once', 'first');

  it('fall off where the change says something else, and only there', async () => {
    const marks = new ViewedMarks(
      () => new Set([contentKey(once), 'stage:mask x']),
      () => null,
    );
    expect(marks.has(once)).toBe(true);
    expect(marks.has({ ...once, digest: 'second' })).toBe(false);
    expect(marks.has(change('changed', 'mask', 'x'))).toBe(true);
    await marks.set(once, false);
    expect(marks.has(once)).toBe(false);
    expect(marks.has(change('changed', 'mask', 'x'))).toBe(true);
  });

  it('are taken back where they can’t be kept, and whoever set them is told', async () => {
    const marks = new ViewedMarks(
      () => new Set(),
      () => ({ set: () => Promise.reject(new Error('offline')) }),
    );
    await expect(marks.set(once, true)).rejects.toThrow('offline');
    expect(marks.has(once)).toBe(false);
  });
});

describe('a side that is asked for again', () => {
  const stored = () => ({
    text: 'pipeline p\n',
    target: 'single_ring' as const,
    layout: { v: 2, direction: 'down', nodes: { in: { x: 1, y: 2 } }, notes: {}, groups: {} },
    cases: {},
    samples: {},
  });
  const side = (content = stored(), words = 'waits'): PlanSide => ({
    ...readContent(content),
    token: '01a2',
    name: 'v3',
    state: { words, tone: 'neutral', icon: 'clock' },
    compiled: { specKv: 'v=1\n', specHash: 'a', compilerVersion: '1' },
    version: null,
  });

  it('is the same plan where it says what it said, wherever it runs meanwhile', () => {
    expect(samePlan(side(), side(stored(), 'runs in production'))).toBe(true);
  });

  it('of which the text alone is known is compared for the other side’s target', () => {
    const graph = { ...side(), target: 'lane_graph' as const };
    const text = { ...side(), anyTarget: true as const };
    expect(forOneTarget(graph, text).after.target).toBe('lane_graph');
    expect(forOneTarget(text, graph).before.target).toBe('lane_graph');
    expect(forOneTarget(graph, side())).toEqual({ before: graph, after: side() });
  });

  it('is another where anything in it is', () => {
    const moved = { ...stored(), layout: { ...stored().layout, nodes: { in: { x: 1, y: 3 } } } };
    const renamed = { ...stored(), text: 'pipeline q\n' };
    for (const content of [moved, renamed, { ...stored(), target: 'lane_graph' as const }])
      expect(samePlan(side(), side(content as ReturnType<typeof stored>))).toBe(false);
    const altered = { specKv: 'v=1\n', specHash: 'b', compilerVersion: '1' };
    expect(samePlan(side(), { ...side(), compiled: altered })).toBe(false);
  });
});

describe('the sides in an address', () => {
  it('are read back', () => {
    for (const token of [
      '01a2',
      'draft:01a2',
      'bundle:b',
      'environment:e',
      'deployed:e/main',
      'file:f',
    ])
      expect(writeToken(readToken(token)!)).toBe(token);
  });

  it('are nothing where nothing is named', () => {
    for (const token of ['', 'draft:', 'deployed:e', 'deployed:/x', 'deployed:e/', 'what:x'])
      expect(readToken(token)).toBeNull();
  });
});

describe('the lines of two plans', () => {
  const none = new Map<number, string[]>();

  it('say which words differ, also where something else stands between the two', () => {
    const { lines } = reviewLines(
      'stage once dedupe:500:id\nstage mask upper\n',
      'stage quiet drop:x\nstage once dedupe:1000:id\nstage mask upper\n',
      { before: none, after: none },
    );
    const [old] = lines.filter(({ kind }) => kind === 'removed');
    const now = lines.find(({ kind, text }) => kind === 'added' && text.includes('once'));
    expect(old?.parts.filter(({ differs }) => differs).map(({ text }) => text)).toEqual(['500']);
    expect(now?.parts.filter(({ differs }) => differs).map(({ text }) => text)).toEqual(['1000']);
    const quiet = lines.find(({ text }) => text.includes('quiet'));
    expect(quiet?.parts).toEqual([{ text: 'stage quiet drop:x', differs: false }]);
  });

  it('lose no letter', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const pick = numbers(seed);
      const text = () =>
        Array.from(
          { length: pick(12) },
          () => `stage s${pick(6)} ${['upper', 'keep:x', 'trim'][pick(3)]!}`,
        ).join('\n');
      const [before, after] = [text(), text()];
      const { lines } = reviewLines(before, after, { before: none, after: none });
      const side = (leaves: string) =>
        lines
          .filter(({ kind }) => kind !== leaves)
          .map(({ parts }) => parts.map((part) => part.text).join(''))
          .join('\n');
      expect(side('added')).toBe(before);
      expect(side('removed')).toBe(after);
    }
  });

  it('know what stands on them', async () => {
    const target = 'lane_graph' as const;
    const before = 'pipeline a\ningress in\nstage one upper\negress out\nin -> one -> out\n';
    const after = before.replaceAll('one', 'two');
    const diff = await compilerInProcess.call('diff', {
      before: { text: before, target },
      after: { text: after, target },
      of: 'plan',
    });
    const lines = anchorsByLine(diff, wireId);
    expect(lines.before.get(3)).toEqual(['stage:two']);
    expect(lines.after.get(3)).toEqual(['stage:two']);
    expect(lines.after.get(5)).toEqual([
      'boundary:in->stage:two',
      'connection:in->two',
      'stage:two->boundary:out',
      'connection:two->out',
    ]);
  });
});

test('open threads stand at what they are about, those of a connection at its wire', () => {
  const thread = (anchor: string, more = {}) => ({ anchor, gone: false, resolved: null, ...more });
  const connection = { anchor: 'connection:a->b', from: 'stage:a', to: 'stage:b' };
  const counts = openThreadsAt(
    [
      thread('stage:a'),
      thread('stage:a'),
      thread('stage:a', { resolved: { by: null, at: '' } }),
      thread('stage:b', { gone: true }),
      thread('connection:a->b'),
      thread('plan'),
    ],
    [connection] as unknown as Parameters<typeof openThreadsAt>[1],
  );
  expect([...counts]).toEqual([
    ['stage:a', 2],
    ['stage:a->stage:b', 1],
  ]);
});
