import { afterEach, describe, expect, test } from 'vitest';
import { emptyContent, type Case, type DraftContent } from '$lib/document/content';
import { draftsInMemory } from '$lib/drafts/in-memory.testing';
import { EditorSession } from '$lib/editor/session.svelte';
import { CaseBook } from './case-book.svelte';

const plan = (key: string) =>
  `pipeline p\n\ningress in\nstage a ${key}\negress out\n\nin -> a -> out\n`;
const one = (records: string[], out: string[]): Case => ({
  name: 'One',
  input: { in: records },
  expected: { out },
});

let close = () => {};
afterEach(() => close());

/** A draft with the page's own compiler and executor, and stores in memory. */
async function open(content: Partial<DraftContent> = {}) {
  const { store: local } = draftsInMemory();
  const session = new EditorSession({
    draft: {
      key: 'ada/d1',
      draftId: 'd1',
      content: { ...emptyContent, text: plan('keep:x'), ...content },
      baseRevision: 0,
      baseFingerprint: null,
      name: 'p',
      environmentId: null,
      savedAt: 0,
    },
    mayEdit: true,
    sync: {
      key: 'ada/d1',
      local,
      remote: null,
      describeFailure: (error) => ({ offline: true, code: 'x', message: String(error) }),
      now: () => 0,
    },
  });
  const book = new CaseBook(() => session);
  close = () => {
    book.close();
    session.close();
  };
  await session.begin();
  await book.load();
  await expect.poll(() => session.upToDate, { timeout: 10_000 }).toBe(true);
  return { session, book, local };
}

const type = (session: EditorSession, key: string) =>
  session.run({
    label: 'Typing',
    change: { edits: [{ start: 0, end: session.content.text.length, text: plan(key) }] },
  });

/** What came of the cases, once all of them are of the plan as it is. */
async function outcomes(book: CaseBook): Promise<(string | undefined)[]> {
  await expect
    .poll(() => book.all.every(({ current }) => current) && !book.running, { timeout: 10_000 })
    .toBe(true);
  return book.all.map(({ outcome }) => outcome?.kind);
}

describe('the cases of a draft', () => {
  test('are run on every change of the plan, and of their own', async () => {
    const { session, book } = await open({ cases: { one: one(['x', 'y'], ['x']) } });
    expect(await outcomes(book)).toEqual(['passes']);
    type(session, 'keep:y');
    expect(await outcomes(book)).toEqual(['fails']);
    expect(book.failing.map(({ id }) => id)).toEqual(['one']);
    await book.change('one', one(['x', 'y'], ['y']));
    expect(await outcomes(book)).toEqual(['passes']);
    session.undo();
    expect(await outcomes(book)).toEqual(['fails']);
  });

  test('are not judged by a plan with errors: what came of them last stays, as not of this plan', async () => {
    const { session, book } = await open({ cases: { one: one(['x'], ['x']) } });
    expect(await outcomes(book)).toEqual(['passes']);
    type(session, 'keep:(');
    await expect.poll(() => session.errors).toBeGreaterThan(0);
    expect(book.all).toMatchObject([{ outcome: { kind: 'passes' }, current: false }]);
    type(session, 'keep:x');
    expect(await outcomes(book)).toEqual(['passes']);
  });

  test('are made of records: what comes out now is what has to', async () => {
    const { session, book, local } = await open();
    expect(await book.keep('Two', { in: ['x', 'y', 'xy'] })).toBeNull();
    expect(await outcomes(book)).toEqual(['passes']);
    const [made] = book.all;
    expect(made).toMatchObject({
      case: { name: 'Two', expected: { out: ['x', 'xy'] } },
      shared: false,
    });
    expect(Object.values(await local.cases.all('ada/d1'))).toEqual([made?.case]);
    expect(session.content.cases).toEqual({});
    expect(await book.keep('No', { feed: ['x'] })).toMatch('no ingress feed');
    expect(await book.keep('No', { in: ['\\q'] })).not.toBeNull();
    expect(book.all).toHaveLength(1);
  });

  test('say how large their records may be', async () => {
    const { book } = await open();
    const long = 'x'.repeat(300);
    expect(await book.keep('Large', { in: [long] }, 1_024)).toBeNull();
    expect(book.all).toMatchObject([{ case: { recordBytes: 1_024, expected: { out: [long] } } }]);
    expect(await outcomes(book)).toEqual(['passes']);
  });

  test('stay in this browser until they are shared, and come back from there', async () => {
    const { session, book, local } = await open();
    await book.add(one(['x'], ['x']));
    const id = book.all[0]?.id ?? '';
    expect(book.share(id)).toBeNull();
    expect(session.content.cases).toHaveProperty(id);
    expect(book.all).toMatchObject([{ id, shared: true }]);
    session.undo();
    expect(book.all).toMatchObject([{ id, shared: false }]);
    session.redo();
    await book.unshare(id);
    expect(session.content.cases).toEqual({});
    expect(book.all).toMatchObject([{ id, shared: false }]);
    const back = await book.remove(id);
    expect(book.all).toEqual([]);
    expect(await local.cases.all('ada/d1')).toEqual({});
    await back?.();
    expect(book.all).toMatchObject([{ id, shared: false }]);
    expect(await local.cases.all('ada/d1')).toHaveProperty(id);
  });

  test('that aren’t shared are told of by their digests alone', async () => {
    const { book } = await open({ cases: { one: one(['x'], ['x']) } });
    await book.add(one(['y'], ['y']));
    await outcomes(book);
    expect(await book.seen()).toEqual([
      { name: 'One', digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), passes: false },
    ]);
  });

  test('say why this browser can’t keep them', async () => {
    const { book, local } = await open();
    local.cases.put = () => Promise.reject(new Error('the disk is full'));
    await book.add(one(['x'], ['x']));
    expect(book.trouble).toMatch('the disk is full');
    expect(book.all).toHaveLength(1);
  });
});
