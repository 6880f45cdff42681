import { afterEach, describe, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import CommentBox from './CommentBox.svelte';
import FinishReview from './FinishReview.svelte';
import { answering } from './server.testing';
import Thread from './Thread.svelte';
import type { Reviews, ReviewThread } from './verdicts';

afterEach(() => {
  vi.restoreAllMocks();
  sessionStorage.clear();
});

const people = [
  { id: 'u1', name: 'Ana Ruiz' },
  { id: 'u2', name: 'Jonas Weber' },
];
const reviews = {
  versionId: 'v14',
  mayFinish: true,
  isAuthor: false,
  threads: [],
  reviews: [],
  viewed: [],
  people,
  draft: { id: 'd1', name: 'orders' },
} satisfies Reviews;
const thread: ReviewThread = {
  id: 't1',
  commentId: 'c1',
  anchor: 'stage:notify',
  line: null,
  side: 'to',
  gone: false,
  body: '<b>What</b> of it, @Ana Ruiz?',
  mentions: [{ id: 'u1', name: 'Ana Ruiz' }],
  author: { id: 'u2', name: 'Jonas Weber' },
  at: '2026-11-28T12:00:00.000Z',
  editedAt: null,
  removed: false,
  own: false,
  suggestion: null,
  resolved: null,
  replies: [],
  writtenOn: { anchor: 'stage:notify', line: null, versionId: 'v14', number: 14, base: null },
};
/** What the page says, however it is marked up. */
const says = () => expect.poll(() => document.body.textContent.replace(/\s+/g, ' '));
const written = (more: object) => ({ ...thread.writtenOn, ...more });

describe('a thread', () => {
  it('shows what was written as text, and whom it reached', async () => {
    await render(Thread, { thread, reviews });
    await says().toContain('<b>What</b> of it, @Ana Ruiz?');
    expect(document.querySelector('b img, p b b')).toBeNull();
    await expect.element(page.getByText('@Ana Ruiz', { exact: true })).toBeVisible();
    await expect.element(page.getByRole('region', { name: 'Thread on notify' })).toBeVisible();
  });

  it('says where it was written, when that is called otherwise, and when it is gone', async () => {
    const older = written({ versionId: 'v13', number: 13, anchor: 'stage:tell' });
    const shown = await render(Thread, { thread: { ...thread, writtenOn: older }, reviews });
    await says().toContain('on notify, was tell, v13');
    await shown.rerender({ thread: { ...thread, gone: true, writtenOn: older } });
    await expect.element(page.getByText('gone', { exact: true })).toBeVisible();
    await says().toContain('isn’t in this version');
  });

  it('is folded once it is resolved, and opens by its button', async () => {
    const resolved = { by: { id: 'u1', name: 'Ana Ruiz' }, at: thread.at };
    const asked = answering({ 'reviews.resolve': () => ({ changed: true }) });
    await render(Thread, { thread: { ...thread, resolved }, reviews });
    expect(page.getByRole('button', { name: 'Reply' }).query()).toBeNull();
    await page.getByRole('button', { name: /^resolved/ }).click();
    await page.getByRole('button', { name: 'Open again' }).click();
    await expect
      .poll(() => asked)
      .toEqual([{ path: 'reviews.resolve', input: { threadId: 't1', resolved: false } }]);
  });

  it('can be answered, but not resolved, by who may only look', async () => {
    await render(Thread, { thread, reviews: { ...reviews, mayFinish: false } });
    await expect.element(page.getByRole('button', { name: 'Reply' })).toBeVisible();
    expect(page.getByRole('button', { name: 'Resolve' }).query()).toBeNull();
  });
});

describe('a comment', () => {
  const own = { ...thread, own: true };

  it('is edited by who wrote it, and says that it was', async () => {
    const asked = answering({ 'reviews.editComment': () => ({ changed: true }) });
    const shown = await render(Thread, { thread: own, reviews });
    await page.getByRole('button', { name: 'Edit' }).click();
    const field = page.getByRole('combobox', { name: 'Your comment, edited' });
    await expect.element(field).toHaveValue(thread.body);
    await field.fill('');
    const save = page.getByRole('button', { name: 'Save' });
    await expect.element(save).toHaveAccessibleDescription('Write something, or remove it.');
    await field.fill('What of it?');
    await save.click();
    await expect
      .poll(() => asked)
      .toEqual([{ path: 'reviews.editComment', input: { commentId: 'c1', body: 'What of it?' } }]);
    await shown.rerender({ thread: { ...own, body: 'What of it?', editedAt: thread.at }, reviews });
    await says().toContain('edited');
  });

  it('is removed by who wrote it, once asked, and says that it was', async () => {
    const asked = answering({ 'reviews.removeComment': () => ({ settled: false }) });
    const shown = await render(Thread, { thread: own, reviews });
    await page.getByRole('button', { name: 'Remove…' }).click();
    expect(asked).toEqual([]);
    await page.getByRole('button', { name: 'Remove it' }).click();
    await expect
      .poll(() => asked)
      .toEqual([{ path: 'reviews.removeComment', input: { commentId: 'c1' } }]);
    await shown.rerender({ thread: { ...own, body: '', mentions: [], removed: true }, reviews });
    await says().toContain('Removed by Jonas Weber.');
    expect(page.getByRole('button', { name: 'Edit' }).query()).toBeNull();
  });

  it('of somebody else can’t be changed, and what the server refuses is said', async () => {
    const shown = await render(Thread, { thread, reviews });
    expect(page.getByRole('button', { name: 'Edit' }).query()).toBeNull();
    answering({
      'reviews.removeComment': () => {
        throw Object.assign(new Error(), {
          code: 'comment_not_yours',
          message: 'Somebody else wrote this comment.',
        });
      },
    });
    await shown.rerender({ thread: own, reviews });
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await says().toContain('Somebody else wrote this comment.');
  });
});

describe('a suggestion', () => {
  const suggestion = { before: 'stage a keep:x', after: 'stage a keep:y', applied: null };
  const suggesting = { ...thread, suggestion };

  it('is applied by one click, and a refusal says why', async () => {
    const asked = answering({
      'reviews.applySuggestion': () => {
        throw Object.assign(new Error(), {
          code: 'suggestion_does_not_fit',
          message: 'It doesn’t fit any more: a was changed.',
        });
      },
    });
    await render(Thread, { thread: suggesting, reviews });
    await page.getByRole('button', { name: 'Apply to the draft' }).click();
    await says().toContain('doesn’t fit any more');
    expect(asked).toEqual([{ path: 'reviews.applySuggestion', input: { commentId: 'c1' } }]);
  });

  it('says when its draft is gone, and who applied it', async () => {
    const gone = { ...reviews, draft: null };
    const shown = await render(Thread, { thread: suggesting, reviews: gone });
    const apply = page.getByRole('button', { name: 'Apply to the draft' });
    await expect.element(apply).toHaveAccessibleDescription(/draft of this version is gone/);
    const applied = { at: thread.at, by: { id: 'u1', name: 'Ana Ruiz' }, revision: 3 };
    await shown.rerender({
      thread: { ...thread, suggestion: { ...suggestion, applied } },
      reviews,
    });
    await says().toContain('Applied by Ana Ruiz');
    await expect.element(page.getByRole('link', { name: 'Open the draft' })).toBeVisible();
  });
});

describe('what is being written', () => {
  const to = { versionId: 'v14', anchor: 'stage:notify' };

  it('takes a person from the list by the keys, and is sent by Ctrl Enter', async () => {
    const asked = answering({ 'reviews.comment': () => ({ threadId: 't2', commentId: 'c2' }) });
    const onposted = vi.fn();
    await render(CommentBox, { to, about: 'on notify', people, onposted });
    const field = page.getByRole('combobox', { name: 'Your comment on notify' });
    await field.click();
    await userEvent.keyboard('Ask @we');
    await expect.element(page.getByRole('option', { name: 'Jonas Weber' })).toBeVisible();
    await userEvent.keyboard('{Enter}please');
    await expect.element(field).toHaveValue('Ask @Jonas Weber please');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await expect.poll(() => onposted.mock.calls).toEqual([['t2']]);
    expect(asked).toEqual([
      {
        path: 'reviews.comment',
        input: { ...to, body: 'Ask @Jonas Weber please', suggestion: null },
      },
    ]);
    await expect.element(field).toHaveValue('');
  });

  it('stays when the server can’t be reached, and is sent again by the same button', async () => {
    vi.spyOn(window, 'fetch').mockRejectedValue(new TypeError('Failed to fetch'));
    await render(CommentBox, { to, about: 'on notify', people });
    const field = page.getByRole('combobox');
    await field.fill('Not lost');
    await page.getByRole('button', { name: 'Comment' }).click();
    await says().toContain('The server can’t be reached.');
    await expect.element(field).toHaveValue('Not lost');
    const asked = answering({ 'reviews.comment': () => ({ threadId: 't2', commentId: 'c2' }) });
    await page.getByRole('button', { name: 'Comment' }).click();
    await expect.poll(() => asked.length).toBe(1);
  });

  it('can suggest an edit, which begins as what stands there', async () => {
    const asked = answering({ 'reviews.comment': () => ({ threadId: 't2', commentId: 'c2' }) });
    await render(CommentBox, { to, about: 'on notify', people, plan: 'stage notify keep:x' });
    await page.getByRole('combobox').fill('Better so');
    await page.getByRole('button', { name: 'Suggest an edit' }).click();
    const plan = page.getByLabelText('Suggested plan text on notify');
    await expect.element(plan).toHaveValue('stage notify keep:x');
    const send = page.getByRole('button', { name: 'Comment' });
    await expect.element(send).toHaveAccessibleDescription(/Change the plan text/);
    await plan.fill('stage notify keep:y');
    await send.click();
    await expect.poll(() => asked[0]?.input).toMatchObject({ suggestion: 'stage notify keep:y' });
  });

  it('waits in the tab while its place is looked at elsewhere, until it is sent or cancelled', async () => {
    const asked = answering({ 'reviews.comment': () => ({ threadId: 't2', commentId: 'c2' }) });
    const props = {
      to,
      about: 'on notify',
      people,
      plan: 'stage notify keep:x',
      keep: 'orders notify',
    };
    const field = page.getByRole('combobox');
    const first = await render(CommentBox, props);
    await field.fill('Half a thought');
    await page.getByRole('button', { name: 'Suggest an edit' }).click();
    await page.getByLabelText('Suggested plan text on notify').fill('stage notify keep:y');
    await first.unmount();

    const second = await render(CommentBox, props);
    await expect.element(field).toHaveValue('Half a thought');
    await page.getByRole('button', { name: 'Comment' }).click();
    await expect.poll(() => asked[0]?.input).toMatchObject({ suggestion: 'stage notify keep:y' });
    // It waits until the server's answer is there, not only until it was asked.
    await expect.element(field).toHaveValue('');
    await second.unmount();

    const third = await render(CommentBox, { ...props, oncancel: () => undefined });
    await expect.element(field).toHaveValue('');
    await field.fill('Never mind');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await third.unmount();
    await render(CommentBox, props);
    await expect.element(field).toHaveValue('');
  });

  it('goes by Escape only while nothing is typed', async () => {
    const oncancel = vi.fn();
    await render(CommentBox, { to, about: 'on notify', people, oncancel });
    const field = page.getByRole('combobox');
    await field.fill('Kept');
    await userEvent.keyboard('{Escape}');
    expect(oncancel).not.toHaveBeenCalled();
    await field.fill('');
    await userEvent.keyboard('{Escape}');
    expect(oncancel).toHaveBeenCalledOnce();
  });
});

describe('the end of a review', () => {
  it('needs a verdict, and words where changes are wanted', async () => {
    const asked = answering({ 'reviews.finish': () => ({ reviewId: 'r1', isAuthor: false }) });
    await render(FinishReview, {
      open: true,
      label: 'orders v14',
      reviews: { ...reviews, threads: [thread] },
      viewed: 6,
      total: 10,
    });
    await says().toContain('6 of 10 changes viewed');
    await says().toContain('4 not viewed');
    await says().toContain('1 open thread');
    const finish = page.getByRole('button', { name: 'Finish review' });
    await expect.element(finish).toHaveAccessibleDescription('Choose a verdict first.');
    await page.getByRole('radio', { name: /Changes wanted/ }).click();
    await expect.element(finish).toHaveAccessibleDescription('Say which changes you want.');
    await page.getByRole('combobox', { name: 'What you say' }).fill('Keep payments.');
    await finish.click();
    await expect
      .poll(() => asked[0]?.input)
      .toEqual({
        versionId: 'v14',
        baseVersionId: null,
        verdict: 'changes_wanted',
        body: 'Keep payments.',
        viewed: 6,
        total: 10,
      });
    await expect.poll(() => page.getByRole('dialog').query()).toBeNull();
  });
});
