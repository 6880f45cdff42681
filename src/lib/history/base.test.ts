import { describe, expect, test } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { emptyContent, type DraftContent } from '$lib/document/content';
import { PlanDocument } from '$lib/document/document';
import { smallestEdit } from '$lib/document/edits';
import { BaseOfDraft } from './base.svelte';

const plan = (json: string, mask: string) =>
  `pipeline p\n\ningress in\nstage json ${json}\nstage mask ${mask}\negress out\n\nin -> json -> mask -> out\n`;
const content = (text: string): DraftContent => ({ ...emptyContent, text });
const base = {
  versionId: 'v12',
  number: 12,
  newest: { versionId: 'v14', number: 14, createdBy: 'Bo' },
};

function draft(ours: string, versions: { v12: string; v14: string }) {
  const told: (number | null)[] = [];
  let down = false;
  const failures: string[] = [];
  const document = new PlanDocument(content(ours), () => 0);
  const of = new BaseOfDraft({
    document,
    merge: (request) => compilerInProcess.call('merge', request),
    replace: (next, label) => {
      const edit = smallestEdit(document.content.text, next.text);
      document.run({ label, change: edit ? { edits: [edit] } : {} });
    },
    server: {
      version: (id) => Promise.resolve(content(versions[id as keyof typeof versions])),
      rebase(number) {
        if (down) return Promise.reject(new TypeError('fetch failed'));
        told.push(number);
        return Promise.resolve();
      },
      describeFailure: (error) => ({ offline: true, code: 'offline', message: String(error) }),
    },
    failed: ({ code }) => failures.push(code),
  });
  return { of, document, told, failures, cut: () => (down = true) };
}

test('a draft that started from a version is based on none when that is taken back', () => {
  const { document, told } = draft('', { v12: plan('keep:a', 'drop:x'), v14: '' });
  const text = plan('keep:a', 'drop:x');
  document.run({ label: 'Start from v12', change: { edits: [{ start: 0, end: 0, text }] } });
  document.undo();
  document.redo();
  expect(told).toEqual([null, 12]);
});

describe('rebasing a draft onto the newest version', () => {
  test('keeps what the draft changed and takes what the version did, as one step', async () => {
    const { of, document, told } = draft(plan('keep:a', 'drop:mine'), {
      v12: plan('keep:a', 'drop:x'),
      v14: plan('keep:b', 'drop:x'),
    });
    expect(await of.finish(await of.begin(base))).toBe(true);
    expect(document.content.text).toBe(plan('keep:b', 'drop:mine'));
    expect(told).toEqual([14]);
  });

  test('the server hears of undo and redo too', async () => {
    const { of, document, told, failures, cut } = draft(plan('keep:a', 'drop:mine'), {
      v12: plan('keep:a', 'drop:x'),
      v14: plan('keep:b', 'drop:x'),
    });
    await of.finish(await of.begin(base));
    expect(document.undo()).toBe('Rebase from v12 onto v14');
    expect(document.content.text).toBe(plan('keep:a', 'drop:mine'));
    document.redo();
    expect(told).toEqual([14, 12, 14]);
    cut();
    document.undo();
    await expect.poll(() => failures).toEqual(['offline']);
    of.close();
    document.redo();
    expect(told).toEqual([14, 12, 14]);
  });

  test('what both changed has to be decided first', async () => {
    const { of, document, told } = draft(plan('keep:a', 'drop:mine'), {
      v12: plan('keep:a', 'drop:x'),
      v14: plan('keep:a', 'drop:theirs'),
    });
    const open = await of.begin(base);
    expect(open.merge.open).toBe(1);
    expect(await of.finish(open)).toBe(false);
    expect(told).toEqual([]);
    const conflict = open.merge.conflicts[0]!;
    const { id, ours, theirs } = conflict;
    const decided = await of.choose(open, { id, ours, theirs, resolution: 'theirs', text: null });
    expect(await of.finish(decided)).toBe(true);
    expect(document.content.text).toBe(plan('keep:a', 'drop:theirs'));
  });

  test('nothing is altered when the draft changed since, or the server can’t be told', async () => {
    const { of, document, told, cut } = draft(plan('keep:a', 'drop:mine'), {
      v12: plan('keep:a', 'drop:x'),
      v14: plan('keep:b', 'drop:x'),
    });
    const stale = await of.begin(base);
    document.run({ label: 'Typing', change: { edits: [{ start: 0, end: 0, text: '# on\n' }] } });
    expect(await of.finish(stale)).toBe(false);
    const fresh = await of.begin(base);
    cut();
    await expect(of.finish(fresh)).rejects.toThrow('fetch failed');
    expect(document.content.text).toBe(`# on\n${plan('keep:a', 'drop:mine')}`);
    expect(told).toEqual([]);
  });
});
